/** The questions of a quiz as cards, one of them open. */

import { html, useEffect, useRef, useSignal } from "../../html.js";
import { t } from "../../language.js";
import { say } from "../../parts/frame.js";
import { tell } from "../parts.js";
import { ID } from "./draft.js";
import { doubled, moved, newQuestion, removed, TYPES } from "./editing.js";
import { flawsOf } from "./flaws.js";
import { Question } from "./question.js";

const AT_ONCE = 200; // cards that are drawn before one asks for more

/** What is done with a question, by its number. The same object every time: cards that nothing happens to are not drawn anew. */
function deedsOf(draft, open) {
  const questions = () => draft.quiz.peek().questions;
  const change = (other) => draft.change({ ...draft.quiz.peek(), questions: other });
  return {
    add(type) {
      const question = newQuestion(type);
      change([...questions(), question]);
      open.value = question[ID];
    },
    move(n, to) {
      if (to < 0 || to >= questions().length || to === n) return;
      change(moved(questions(), n, to));
      say(t("moved", { number: to + 1 }));
    },
    remove(n) {
      change(removed(questions(), n));
      tell(t("question.removed", { number: n + 1 }));
    },
    double(n) {
      change(doubled(questions(), n));
      open.value = questions()[n + 1][ID];
    },
  };
}

export function Questions({ draft, open }) {
  const shown = useSignal(AT_ONCE);
  const deeds = useRef(null);
  deeds.current ??= deedsOf(draft, open);
  const { questions } = draft.quiz.value;
  const opened = questions.findIndex((it) => it[ID] === open.value);
  if (opened >= shown.value) shown.value = opened + AT_ONCE;
  return html`<section aria-label=${t("part.questions")}>
    <ol class="deck">${questions.slice(0, shown.value).map((question, n) => html`<${Card} key=${question[ID]} n=${n} question=${question} draft=${draft} open=${open} deeds=${deeds.current} />`)}</ol>
    ${shown.value < questions.length && html`<p class="buttons"><button type="button" class="plain" onClick=${() => (shown.value += AT_ONCE)}>${t("questions.more", { n: Math.min(AT_ONCE, questions.length - shown.value) })}</button></p>`}
    <div class="adding card"><h2>${t(questions.length ? "add" : "add.first")}</h2>
      <p class="buttons">${TYPES.map((type) => html`<button type="button" class="plain" onClick=${() => deeds.current.add(type)}>${t(`type.${type}`)}</button>`)}</p></div>
  </section>`;
}

function Card({ n, question, draft, open, deeds }) {
  const isOpen = open.value === question[ID];
  const over = useSignal(false);
  const turn = () => (open.value = isOpen ? null : question[ID]);
  const drop = (event) => {
    event.preventDefault();
    over.value = false;
    deeds.move(Number(event.dataTransfer.getData("text/question")), n);
  };
  const flawed = flawsOf(question).length > 0;
  return html`<li class=${`card question${isOpen ? " open" : ""}${over.value ? " over" : ""}`} onDragOver=${(event) => event.dataTransfer.types.includes("text/question") && (event.preventDefault(), (over.value = true))} onDragLeave=${() => (over.value = false)} onDrop=${drop}>
    <div class="head-of">
      <${Handle} n=${n} deeds=${deeds} />
      <button type="button" class="summary" aria-expanded=${isOpen} onClick=${turn}>
        <b class="place">${n + 1}</b><span class="words" dir="auto">${question.text.trim() || html`<i class="second">${t("question.empty")}</i>`}</span>
        ${flawed && html`<span class="lacking">${t("question.flawed")}</span>`}<span class="second kind">${t(`type.${question.type}`)}</span>
      </button>
    </div>
    ${isOpen && html`<${Opened} n=${n} question=${question} draft=${draft} deeds=${deeds} />`}
  </li>`;
}

/** It is drawn with the mouse, or moves by the arrow keys. */
function Handle({ n, deeds }) {
  const start = (event) => {
    event.dataTransfer.setData("text/question", String(n));
    event.dataTransfer.setDragImage(event.target.closest("li"), 20, 20);
  };
  const press = (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    deeds.move(n, n + step);
    requestAnimationFrame(() => event.target.focus());
  };
  return html`<button type="button" class="handle" draggable="true" aria-label=${t("handle", { number: n + 1 })} title=${t("handle.hint")} onDragStart=${start} onKeyDown=${press}>⠿</button>`;
}

function Opened({ n, question, draft, deeds }) {
  const last = draft.quiz.value.questions.length - 1;
  useEffect(() => void document.querySelector(".question.open textarea")?.focus({ preventScroll: false }), []);
  return html`<${Question} draft=${draft} question=${question} n=${n} />
    <p class="buttons below">
      <button type="button" class="plain" disabled=${n === 0} onClick=${() => deeds.move(n, n - 1)}>${t("up")}</button>
      <button type="button" class="plain" disabled=${n === last} onClick=${() => deeds.move(n, n + 1)}>${t("down")}</button>
      <button type="button" class="plain" onClick=${() => deeds.double(n)}>${t("double")}</button>
      <button type="button" class="plain bad" onClick=${() => deeds.remove(n)}>${t("question.delete")}</button>
    </p>`;
}
