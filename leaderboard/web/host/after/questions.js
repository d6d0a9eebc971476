/** How each question was answered. The numbers stand beside the bars, so nobody needs to see these. */

import { html, useSignal } from "../../html.js";
import { listed, number, percent, plain, t } from "../../language.js";
import { LETTERS } from "../../parts/choices.js";
import { figures } from "./figures.js";
import { Pages } from "./loading.js";
import { SIGNS } from "./people.js";

const AT_ONCE = 20;
const PARTS = ["right", "partly", "given", "wrong", "none"];

export function Questions({ results }) {
  const page = useSignal(0);
  const shown = results.rounds.slice(page.value * AT_ONCE, (page.value + 1) * AT_ONCE);
  return html`${results.rounds.length === 0 && html`<p class="second">${t("questions.none")}</p>`}
    <ol class="charts">${shown.map((n) => html`<${Answers} key=${n} n=${n} results=${results} />`)}</ol>
    <${Pages} page=${page} of=${Math.ceil(results.rounds.length / AT_ONCE)} label=${t("pages.questions")} />`;
}

function Answers({ n, results }) {
  const [question, key, counted] = [results.content[n], results.keys[n], figures(results, n)];
  const all = Math.max(1, PARTS.reduce((sum, part) => sum + counted[part], 0));
  const parts = PARTS.filter((part) => counted[part] > 0);
  return html`<li class="card chart">
    <h3><span class="second">${t("question.nth", { question: n + 1 })}</span> <bdi>${question.text}</bdi></h3>
    ${listed(results.void.includes(n) && t("void"), key.revision > 1 && t("because.corrected")) && html`<p><span class="chip">${listed(results.void.includes(n) && t("void"), key.revision > 1 && t("because.corrected"))}</span></p>`}
    <div class="stack" aria-hidden="true">${parts.map((part) => html`<i class=${part} style=${{ flexGrow: counted[part] / all }} />`)}</div>
    <p class="legend">${parts.map((part) => html`<span><i class=${`key ${part}`} aria-hidden="true">${SIGNS[part]}</i> ${t(`counted.${part}`, { n: counted[part] })} <span class="second">${percent(counted[part] / all)}</span></span>`)}</p>
    ${counted.written.length > 0 ? html`<${Written} ...${counted} question=${question} answer=${key.answer} />` : html`<${Choices} question=${question} answer=${key.answer} choices=${counted.choices} />`}
  </li>`;
}

function Choices({ question, answer, choices }) {
  const most = Math.max(1, ...choices);
  return html`<ul class="tally">${question.choices.map(
    (text, place) => html`<li class=${`c${place + 1}`}>
      <i class="swatch" aria-hidden="true"><i class="shape" /></i><span class="letter">${LETTERS[place]}</span>
      <span class="words"><bdi>${text}</bdi>${question.type !== "poll" && answer.includes(place) && html` <span class="good">${t("tally.right")}</span>`}</span>
      <span class="bar" aria-hidden="true"><i style=${{ transform: `scaleX(${choices[place] / most})` }} /></span><b class="points">${number(choices[place])}</b></li>`,
  )}</ul>`;
}

/** Answers that people wrote themselves, or orders. */
function Written({ question, written }) {
  const most = written[0].n;
  const said = (choice) => (question.type === "order" ? choice.map((place) => LETTERS[place]).join(" ") : choice.map(plain).join(" "));
  return html`${question.type === "order" && html`<p class="second">${question.choices.map((text, place) => html`${place > 0 && " · "}<span class="apart">${LETTERS[place]} <bdi>${text}</bdi></span>`)}</p>`}
    <ul class="tally written">${written.map(
      ({ choice, n, right }) => html`<li><span class="words"><bdi>${said(choice)}</bdi>${right && html` <span class="good">${t("tally.right")}</span>`}</span>
        <span class="bar" aria-hidden="true"><i style=${{ transform: `scaleX(${n / most})` }} /></span><b class="points">${number(n)}</b></li>`,
    )}</ul>`;
}
