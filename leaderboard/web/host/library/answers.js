/** The choices of a question while they are written, each as players will see it; a press says that it is right. */

import { html } from "../../html.js";
import { number, t } from "../../language.js";
import { isWritten, LETTERS } from "../../parts/choices.js";
import { answerAt, choiceAt, isPlain, mayHaveMore, mixed, oneAnswerMore, oneMore, rightAt, without, withoutAnswer } from "./editing.js";
import { flawAt, NumberInput, saysOf } from "./fields.js";
import { ruleOf } from "./schema.js";

export const Answers = ({ form, change }) => (isWritten(form.it.type) ? html`<${Written} form=${form} change=${change} />` : html`<${Choices} form=${form} change=${change} />`);

function Choices({ form, change }) {
  const { it: question } = form;
  const { type, choices } = question;
  const next = (n) => (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const list = event.target.closest("ul");
    const enter = () => list.querySelectorAll("input")[n + 1]?.focus();
    if (n + 1 < choices.length) enter();
    else if (mayHaveMore(question)) {
      change(oneMore(question));
      requestAnimationFrame(enter); // once it is drawn
    }
  };
  return html`<fieldset class="answers"><legend>${t(`press.${type}`)}</legend>
    <ul>${choices.map((_, n) => html`<${Choice} key=${n} n=${n} form=${form} change=${change} onKeyDown=${next(n)} />`)}</ul>
    <${Lacking} flaws=${[flawAt(form, "choices"), flawAt(form, "answer")]} />
    ${type === "order" && isPlain(question) && html`<p class="hint">${t("choice.plain", { mix: t("choice.mix") })}</p>`}
    <p class="buttons">
      ${mayHaveMore(question) && html`<button type="button" class="plain" onClick=${() => change(oneMore(question))}>${t("choice.more")}</button>`}
      ${type !== "boolean" && html`<button type="button" class="plain" onClick=${() => change(mixed(question))}>${t("choice.mix")}</button>`}
    </p>
  </fieldset>`;
}

const Lacking = ({ flaws }) => flaws.filter(Boolean).map((flaw) => html`<p class="hint">${saysOf(flaw)}</p>`);

function Choice({ n, form, change, onKeyDown }) {
  const { it: question } = form;
  const flaw = flawAt(form, `choices.${n}`);
  const wrong = flaw && flaw.key !== "empty";
  const type = ({ target }) => change(choiceAt(question, n, target.value), `choice ${n}`);
  return html`<li>
    <${Mark} n=${n} question=${question} change=${change} />
    <input dir="auto" value=${question.choices[n]} aria-label=${t("choice.at", { letter: LETTERS[n] })} placeholder=${t("choice.empty")} aria-invalid=${wrong ? "true" : undefined} aria-describedby=${wrong ? `wrong-${n}` : undefined} onInput=${type} onKeyDown=${onKeyDown} />
    ${question.choices.length > 2 && html`<button type="button" class="plain take-out" aria-label=${t("choice.remove", { letter: LETTERS[n] })} onClick=${() => change(without(question, n))}>×</button>`}
    ${wrong && html`<p class="error" id=${`wrong-${n}`}>${saysOf(flaw)}</p>`}
  </li>`;
}

/** The tile: colour, shape and letter, and whether it is right, or its place in the order. */
function Mark({ n, question, change }) {
  const place = question.answer.indexOf(n);
  const inside = html`<i class="shape" /><b class="letter">${LETTERS[n]}</b>`;
  if (question.type === "poll") return html`<span class=${`choice tile c${n + 1}`}>${inside}</span>`;
  const ordered = question.type === "order";
  const sign = place < 0 ? "" : ordered ? number(place + 1) : "✓";
  const label = t(!ordered ? "mark.right.choice" : place < 0 ? "mark.order" : "mark.order.at", { letter: LETTERS[n], place: place + 1 });
  return html`<button type="button" class=${`choice tile c${n + 1}`} aria-pressed=${place >= 0} aria-label=${label} title=${label} onClick=${() => change(rightAt(question, n))}>
    ${inside} <b class="sign">${sign}</b>
  </button>`;
}

/** Every spelling, or number, that is right. */
function Written({ form, change }) {
  const { it: question } = form;
  const { answer, type } = question;
  const most = ruleOf("Question", "answer").maxItems;
  const more = ({ target }) => {
    const list = target.closest("fieldset").querySelector("ul");
    change(oneAnswerMore(question));
    requestAnimationFrame(() => list.lastElementChild?.querySelector("input").focus()); // once it is drawn
  };
  return html`<fieldset class="answers"><legend>${t(`press.${type}`)}</legend>
    <p class="hint">${t(`press.${type}.hint`)}</p>
    <ul>${answer.map((_, n) => html`<${Spelling} key=${n} n=${n} form=${form} change=${change} />`)}</ul>
    <${Lacking} flaws=${[flawAt(form, "answer")]} />
    ${answer.length < most && html`<p class="buttons"><button type="button" class="plain" onClick=${more}>${t(answer.length ? "answer.more" : "answer.first")}</button></p>`}
  </fieldset>`;
}

function Spelling({ n, form, change }) {
  const { it: question } = form;
  const flaw = flawAt(form, `answer.${n}`);
  const set = (value) => change(answerAt(question, n, value), `answer ${n}`);
  const about = { "aria-label": t("answer.at", { n: number(n + 1) }), "aria-invalid": flaw && flaw.key !== "empty" ? "true" : undefined, "aria-describedby": flaw ? `wrong-${n}` : undefined };
  return html`<li>
    ${question.type === "number"
      ? html`<${NumberInput} ...${about} value=${question.answer[n]} set=${set} />`
      : html`<input ...${about} dir="auto" value=${question.answer[n]} onInput=${({ target }) => set(target.value)} />`}
    <button type="button" class="plain take-out" aria-label=${t("answer.remove", { n: number(n + 1) })} onClick=${() => change(withoutAnswer(question, n))}>×</button>
    ${flaw && html`<p class=${flaw.key === "empty" ? "hint" : "error"} id=${`wrong-${n}`}>${saysOf(flaw)}</p>`}
  </li>`;
}
