/** What stands above a quiz while it is written: its title, whether it is saved, undo, play; and what has to be chosen. */

import { html } from "../../html.js";
import { t, why } from "../../language.js";
import { Do } from "../parts.js";
import { ID } from "./draft.js";
import { saysOf } from "./fields.js";
import { ruleOf } from "./schema.js";

export function Bar({ draft, part, open, play }) {
  const quiz = draft.quiz.value;
  const [back, forth] = draft.steps.value;
  const type = ({ target }) => draft.change({ ...quiz, title: target.value }, "title");
  return html`<div class="bar-above">
    <h1 class="unseen">${t("editor")}</h1>
    <input class="naming" dir="auto" aria-label=${t("Quiz.title")} placeholder=${t("title.empty")} maxlength=${2 * ruleOf("Quiz", "title").maxLength} value=${quiz.title} onInput=${type} />
    <${Saved} draft=${draft} part=${part} open=${open} />
    <span class="buttons">
      <button type="button" class="plain step" disabled=${!back} aria-label=${t("edit.undo")} title=${t("edit.undo")} onClick=${() => draft.undo()}>↶</button>
      <button type="button" class="plain step" disabled=${!forth} aria-label=${t("edit.redo")} title=${t("edit.redo")} onClick=${() => draft.redo()}>↷</button>
      <${Do} act=${play} disabled=${draft.flawed.value.count > 0}>${t("play")}<//>
    </span>
  </div>
  ${draft.theirs.value && html`<${Choose} draft=${draft} />`}`;
}

/** What has to be put right first is a button that leads there. */
function Saved({ draft, part, open }) {
  const { count, place, flaw } = draft.flawed.value;
  const go = () => {
    part.value = typeof place === "number" ? "questions" : place;
    if (typeof place === "number") open.value = draft.quiz.value.questions[place][ID];
  };
  const where = typeof place === "number" ? t("flaw.question", { number: place + 1 }) : t(`part.${place}`);
  if (count) return html`<button type="button" class="plain state flawed" onClick=${go}><b>${t("flawed", { n: count })}</b> ${where}: ${saysOf(flaw)}</button>`;
  const status = draft.status.value;
  const text = status === "refused" ? why(draft.refusal.value) : t(`saved.${status || (draft.unsaved.value ? "soon" : "yes")}`);
  return html`<p class=${`state ${status === "refused" ? "error" : "second"}`} role="status">${text} ${status === "refused" && html`<button type="button" class="plain" onClick=${() => draft.save()}>${t("saved.again")}</button>`}</p>`;
}

/** Somebody else was faster: both are there, one of them stays. */
function Choose({ draft }) {
  const theirs = draft.theirs.value.quiz;
  const mine = draft.quiz.value;
  return html`<div class="choose card" role="alert">
    <h2>${t("outdated")}</h2>
    <p>${t("outdated.both", { theirs: t("questions", { n: theirs.questions.length }), mine: t("questions", { n: mine.questions.length }) })}</p>
    ${theirs.title !== mine.title && html`<p>${t("outdated.title", { title: theirs.title })}</p>`}
    <p class="buttons"><button type="button" onClick=${() => draft.choose(true)}>${t("outdated.theirs")}</button>
    <button type="button" class="plain" onClick=${() => draft.choose(false)}>${t("outdated.mine")}</button></p>
  </div>`;
}
