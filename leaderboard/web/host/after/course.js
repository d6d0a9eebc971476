/** Points over time: how the best came to where they stand. One line is bright at a time; a table says the same. */

import { html, useRef, useSignal } from "../../html.js";
import { number, t, time } from "../../language.js";
import { Fetching } from "./fetching.js";
import { courses, sections } from "./replay.js";

const BEST = 10;
const [WIDE, HIGH] = [1000, 400]; // of the drawing, which is stretched to its place

export const Course = (given) => html`<${Fetching} ledger=${given.ledger}>${() => html`<${Drawn} ...${given} />`}<//>`;

function Drawn({ results, ledger }) {
  const chosen = useSignal(0);
  const data = useRef(null);
  data.current ??= dataOf(results, ledger);
  const { rows, parts, lines } = data.current;
  const titles = parts.map(({ question, at }) => (question < 0 ? time(at) : number(question + 1)));
  return html`<figure class="card course"><figcaption class="unseen">${t("course.about")}</figcaption>
      <${Plot} lines=${lines} titles=${titles} chosen=${chosen.value} />
      <ol class="best" aria-label=${t("course.best")}>${rows.map(
        (row, i) => html`<li key=${row.player}><button type="button" class="plain" aria-pressed=${chosen.value === i} onClick=${() => (chosen.value = i)}><span class="rank">${number(row.rank)}</span><bdi class="name">${row.name}</bdi><b class="points">${number(row.points)}</b></button></li>`,
      )}</ol></figure>
    <p class="second">${t(ledger.ownPace ? "course.axis.time" : "course.axis")}</p>
    <details><summary>${t("as.table")}</summary><div class="scroll card" tabindex="0" role="region" aria-label=${t("view.points")}>
      <table><thead><tr><th scope="col">${t("name")}</th>${titles.map((it) => html`<th scope="col" class="number">${ledger.ownPace ? it : t("question.nth", { question: it })}</th>`)}</tr></thead>
      <tbody>${rows.map((row, i) => html`<tr key=${row.player}><th scope="row" class="who"><bdi>${row.name}</bdi></th>${lines[i].slice(1).map((points) => html`<td class="number">${number(points)}</td>`)}</tr>`)}</tbody></table></div></details>`;
}

/** `lines`: the points of each of the best at the beginning and after each section. */
function dataOf(results, { replay, ownPace }) {
  const rows = results.rows.filter(({ aside }) => !aside).slice(0, BEST);
  const parts = sections(replay, ownPace);
  const after = courses(replay, parts, rows.map(({ player }) => player));
  const start = Math.min(...rows.map((row) => row.start)); // who came late began with more
  return { rows, parts, lines: rows.map((_, i) => [start, ...after.map((points) => points[i])]) };
}

function Plot({ lines, titles, chosen }) {
  const all = lines.flat();
  const [least, most] = [Math.min(0, ...all), Math.max(1, ...all)];
  const x = (i) => (i / Math.max(1, titles.length)) * WIDE;
  const y = (points) => HIGH - ((points - least) / (most - least)) * HIGH;
  const drawn = (line) => line.map((points, i) => `${x(i).toFixed(1)},${y(points).toFixed(1)}`).join(" ");
  const heights = [1, 0.5, 0].map((share) => least + share * (most - least));
  const every = Math.ceil(titles.length / 12);
  return html`<div class="plot" aria-hidden="true">
    <div class="heights">${heights.map((points) => html`<span>${number(Math.round(points))}</span>`)}</div>
    <svg viewBox=${`0 0 ${WIDE} ${HIGH}`} preserveAspectRatio="none">
      ${heights.map((points) => html`<line class="grid" x1="0" x2=${WIDE} y1=${y(points)} y2=${y(points)} />`)}
      ${lines.map((line, i) => i !== chosen && html`<polyline key=${i} points=${drawn(line)} />`)}
      ${lines[chosen] && html`<polyline class="bright" points=${drawn(lines[chosen])} />`}
    </svg>
    <div class="titles">${titles.map((it, i) => html`<span style=${{ insetInlineStart: `${(x(i + 1) / WIDE) * 100}%` }}>${(titles.length - 1 - i) % every === 0 && it}</span>`)}</div>
  </div>`;
}
