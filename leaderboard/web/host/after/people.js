/** Everybody with rank, points and what each question gave. Ten thousand players are shown fifty at a time. */

import { html, useComputed, useSignal } from "../../html.js";
import { number, signed, t } from "../../language.js";
import { call } from "../api.js";
import { Do, Field } from "../parts.js";
import { arranged, verdict } from "./figures.js";
import { Pages } from "./loading.js";
import { Why } from "./why.js";

const ROWS = 50;
const COLUMNS = 20;
const RISING = new Set(["rank", "name"]); // of what else the most comes first
export const SIGNS = { none: "–", given: "•", right: "✓", partly: "◐", wrong: "✗" };

export function People({ results }) {
  const [text, by, backwards] = [useSignal(""), useSignal("rank"), useSignal(false)];
  const [page, columns, asked] = [useSignal(0), useSignal(0), useSignal(null)];
  const rows = useComputed(() => arranged(results.rows, { text: text.value, by: by.value, backwards: backwards.value }));
  const search = ({ target }) => ((text.value = target.value), (page.value = 0));
  const sort = (name) => {
    backwards.value = by.value === name && !backwards.value;
    by.value = name;
    page.value = 0;
  };
  const questions = results.rounds.slice(columns.value * COLUMNS, (columns.value + 1) * COLUMNS);
  const shown = rows.value.slice(page.value * ROWS, (page.value + 1) * ROWS);
  const sorted = { by: by.value, rises: RISING.has(by.value) !== backwards.value, sort };
  return html`<${Field} label=${t("people.search")}>${(tied) => html`<input ...${tied} type="search" maxlength="64" autocomplete="off" onInput=${search} />`}<//>
    <p class="second" role="status">${t("players", { n: rows.value.length })}</p>
    <${Pages} page=${columns} of=${Math.ceil(results.rounds.length / COLUMNS)} label=${t("pages.questions")} />
    <div class="scroll card" tabindex="0" role="region" aria-label=${t("view.people")}><table class="people">
      <thead><tr>
        <${Heading} ...${sorted} name="rank" class="number">${t("rank")}<//><${Heading} ...${sorted} name="name" class="who">${t("name")}<//><${Heading} ...${sorted} name="points" class="number">${t("points.head")}<//><${Heading} ...${sorted} name="right" class="number">${t("right.head")}<//>
        ${questions.map((n) => html`<${Heading} ...${sorted} key=${n} name=${n} class="number"><span class="unseen">${t("question.nth", { question: n + 1 })}</span><span aria-hidden="true">${number(n + 1)}</span>${results.void.includes(n) && html`<span class="unseen">${t("void")}</span><span aria-hidden="true"> ∅</span>`}<//>`)}
      </tr></thead>
      <tbody>${shown.map((row) => html`<${Person} key=${row.player} row=${row} questions=${questions} results=${results} ask=${() => (asked.value = row)} />`)}</tbody>
    </table></div>
    <${Pages} page=${page} of=${Math.ceil(rows.value.length / ROWS)} label=${t("pages.people")} />
    <p class="legend second">${Object.entries(SIGNS).map(([name, sign]) => html`<span><b aria-hidden="true">${sign}</b> ${t(`verdict.${name}`)}</span>`)}${results.void.length > 0 && html`<span><b aria-hidden="true">∅</b> ${t("void")}</span>`}</p>
    <${Removed} results=${results} />
    ${asked.value && html`<${Why} row=${asked.value} results=${results} close=${() => (asked.value = null)} />`}`;
}

function Heading({ name, by, rises, sort, children, ...props }) {
  const [order, arrow] = by !== name ? [] : rises ? ["ascending", " ▲"] : ["descending", " ▼"];
  return html`<th scope="col" aria-sort=${order} ...${props}><button type="button" class="sort" onClick=${() => sort(name)}>${children}<span aria-hidden="true">${arrow}</span></button></th>`;
}

function Person({ row, questions, results, ask }) {
  return html`<tr class=${row.aside ? "aside" : ""}>
    <td class="number">${row.rank ? number(row.rank) : html`<span class="chip">${t("aside")}</span>`}</td>
    <th scope="row" class="who"><button type="button" class="link" aria-label=${t("why.of", { name: row.name })} onClick=${ask}><bdi>${row.name}</bdi></button></th>
    <td class="number"><b>${number(row.points)}</b></td><td class="number">${number(row.right)}</td>
    ${questions.map((n) => html`<${Cell} key=${n} question=${results.content[n]} record=${row.answers[n]} />`)}
  </tr>`;
}

function Cell({ question, record }) {
  const how = verdict(question, record);
  return html`<td class=${`number ${how}`}><span aria-hidden="true">${SIGNS[how]} </span><span class="unseen">${t(`verdict.${how}`)} </span><bdi>${record && question.type !== "poll" && signed(record.points)}</bdi></td>`;
}

/** Who was removed is in no results: they are looked for among everybody who ever was there. */
function Removed({ results: { quiz, as } }) {
  const found = useSignal(null);
  const look = async () => {
    const removed = [];
    for (let cursor = ""; cursor !== null; ) {
      const page = await call("GET", `/quizzes/${quiz}/players`, { as, query: { limit: 100, cursor } });
      removed.push(...page.rows.filter((it) => it.removed));
      cursor = page.removed ? page.next : null;
    }
    found.value = removed;
  };
  if (!found.value) return html`<p class="buttons"><${Do} class="plain" act=${look}>${t("removed.look")}<//></p>`;
  return html`<p role="status">${t("removed", { n: found.value.length })}</p>
    <ul class="names">${found.value.map(({ id, name }) => html`<li key=${id}><bdi>${name}</bdi></li>`)}</ul>`;
}
