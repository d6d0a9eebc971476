/** A right answer as a host says it: fields for each type of question, and what differs from the present one. */

import { html } from "../../html.js";
import { ordinal, t, plain } from "../../language.js";
import { LETTERS, isWritten, readNumber, same } from "../../parts/choices.js";
import { Field } from "../parts.js";

/** What the fields begin with: {answer, lines, void}; `lines` are answers that are written. */
export const startOf = (solution) => ({ answer: [...solution.answer], lines: solution.answer.map(plain).join("\n"), void: Boolean(solution.void) });

/** The members of a correction, or null if it would change nothing or cannot be read. */
export function changes(question, solution, wanted) {
  const answer = isWritten(question.type) ? written(question.type, wanted.lines) : question.type === "order" ? wanted.answer : [...wanted.answer].sort((a, b) => a - b);
  const before = question.type === "order" || isWritten(question.type) ? solution.answer : [...solution.answer].sort((a, b) => a - b);
  if (!answer.length || answer.some(Number.isNaN) || new Set(answer).size < answer.length) return null;
  const change = { ...(!same(answer, before) && { answer }), ...(wanted.void !== Boolean(solution.void) && { void: wanted.void }) };
  return Object.keys(change).length ? change : null;
}

const written = (type, lines) => lines.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => (type === "number" ? readNumber(line) : line));

/** @param wanted the signal of what the fields hold */
export function KeyFields({ question, wanted }) {
  const set = (members) => (wanted.value = { ...wanted.value, ...members });
  const Fields = isWritten(question.type) ? Lines : question.type === "order" ? Order : Places;
  return html`<${Fields} question=${question} wanted=${wanted.value} set=${set} />
    <label class="check"><input type="checkbox" checked=${wanted.value.void} onChange=${({ target }) => set({ void: target.checked })} /> ${t("void.do")}</label>`;
}

function Places({ question: { type, choices }, wanted: { answer }, set }) {
  const several = type === "several";
  const press = (n, on) => set({ answer: several ? [...answer.filter((it) => it !== n), ...(on ? [n] : [])] : [n] });
  return html`<fieldset><legend>${t(several ? "key.places" : "key.place")}</legend>
    ${choices.map((text, n) => html`<label key=${n} class="check"><input type=${several ? "checkbox" : "radio"} name="place" checked=${answer.includes(n)} onChange=${({ target }) => press(n, target.checked)} /> <b>${LETTERS[n]}</b> <span dir="auto">${text}</span></label>`)}
  </fieldset>`;
}

function Order({ question: { choices }, wanted: { answer }, set }) {
  const put = (place, n) => set({ answer: answer.map((it, i) => (i === place ? n : it === n ? answer[place] : it)) }); // they change places
  return html`<fieldset><legend>${t("key.order")}</legend>
    ${answer.map((chosen, place) => html`<label key=${place} class="check"><span>${ordinal(place + 1)}</span>
      <select onChange=${({ target }) => put(place, Number(target.value))}>${choices.map((text, n) => html`<option value=${n} selected=${n === chosen}>${LETTERS[n]} ${text}</option>`)}</select></label>`)}
  </fieldset>`;
}

function Lines({ question: { type }, wanted: { lines }, set }) {
  return html`<${Field} label=${t(`key.${type}`)} hint=${t("key.lines")}>${(tied) => html`<textarea ...${tied} rows="4" dir="auto" value=${lines} onInput=${({ target }) => set({ lines: target.value })} />`}<//>`;
}
