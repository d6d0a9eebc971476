/** What was found in a file: how much of it can be had, what not and why, and how the questions would look. */

import { html, useSignal } from "../../html.js";
import { listed, number, t } from "../../language.js";
import { isWritten, LETTERS } from "../../parts/choices.js";
import { Do, Field } from "../parts.js";

const AT_ONCE = 20;

export function Found({ made: { report, quiz }, title, rename, keep, busy }) {
  const { found, imported, refused, questions } = report;
  return html`<section class="found" aria-busy=${busy} aria-label=${t("found.title")}>
    <div class="card form">
      <h2>${t(questions ? "found.title" : "found.nothing")}</h2>
      <p role="status">${listed(t(`format.${report.format}`), t("found", { n: found }), t("found.imported", { n: imported }), refused > 0 && t("found.refused", { n: refused }), questions !== imported && t("questions", { n: questions }))}</p>
      ${questions > 0 && html`<${Field} label=${t("Quiz.title")}>${(tied) => html`<input ...${tied} dir="auto" maxlength="120" value=${title} placeholder=${quiz.title} onInput=${({ target }) => rename(target.value)} />`}<//>
        <p class="buttons"><${Do} class="big" act=${keep} disabled=${busy}>${t("found.keep", { n: questions })}<//></p>`}
    </div>
    <${Remarks} remarks=${report.remarks.filter((it) => !it.imported)} title="remarks.refused" more=${report.more} />
    <${Remarks} remarks=${report.remarks.filter((it) => it.imported)} title="remarks.imported" more=${0} />
    ${questions > 0 && html`<${Shown} questions=${quiz.questions} />`}
  </section>`;
}

/** Each entry with its place in the file and the reason, as the server says it. */
function Remarks({ remarks, title, more }) {
  const shown = useSignal(AT_ONCE);
  if (!remarks.length) return null;
  return html`<details class="card group" open=${remarks.length <= AT_ONCE}><summary><h2>${t(title, { n: remarks.length })}</h2></summary>
    <ul class="remarks">${remarks.slice(0, shown.value).map(({ place, excerpt, reason }) => html`<li><b>${place}</b> <q dir="auto">${excerpt}</q><span dir="auto">${reason}</span></li>`)}</ul>
    <${More} shown=${shown} of=${remarks.length} />${more > 0 && html`<p class="second">${t("remarks.more", { n: more })}</p>`}
  </details>`;
}

const More = ({ shown, of }) =>
  shown.value < of && html`<p class="buttons"><button type="button" class="plain" onClick=${() => (shown.value += 5 * AT_ONCE)}>${t("more.n", { n: Math.min(5 * AT_ONCE, of - shown.value) })}</button></p>`;

function Shown({ questions }) {
  const shown = useSignal(AT_ONCE);
  return html`<section aria-label=${t("found.questions")}><h2>${t("found.questions")}</h2>
    <ol class="shown">${questions.slice(0, shown.value).map((question, n) => html`<li class="card"><b class="place">${number(n + 1)}</b><div><p dir="auto" class="text">${question.text}</p><${Key} question=${question} /></div></li>`)}</ol>
    <${More} shown=${shown} of=${questions.length} />
  </section>`;
}

/** The choices with the right ones marked; in an order, their places. */
function Key({ question: { type, choices, answer } }) {
  if (type && isWritten(type)) return html`<p class="second">${t("found.answer")} <b dir="auto">${answer.join(" · ")}</b></p>`;
  const sign = (n) => (type === "order" ? number(answer.indexOf(n) + 1) : answer.includes(n) ? "✓" : "");
  return html`<ul class="solved">${choices.map((text, n) => html`<li class=${answer.includes(n) ? "right" : "second"}><i class=${`shape c${n + 1}`} /><b>${LETTERS[n]}</b><span dir="auto">${text}</span><b>${sign(n)}</b></li>`)}</ul>`;
}
