/** One question, open to be written. */

import { html, useRef } from "../../html.js";
import { t } from "../../language.js";
import { Answers } from "./answers.js";
import { ID } from "./draft.js";
import { LEVELS, ofType, replaced, RULES, TYPES } from "./editing.js";
import { Lines, Line, Num, Pick, Tick } from "./fields.js";
import { flawsOf } from "./flaws.js";
import { Preview } from "./preview.js";
import { Upload } from "./upload.js";

const FOLDED = ["explanation", "difficulty", "topic", "rule", "penalty"];

export function Question({ draft, question, n }) {
  const quiz = draft.quiz.value;
  const change = (other, about = null) =>
    draft.change({ ...draft.quiz.value, questions: replaced(draft.quiz.value.questions, n, other) }, about && `${question[ID]} ${about}`);
  const form = { kind: "Question", it: question, flaws: flawsOf(question), set: (name, value) => change({ ...question, [name]: value }, name) };
  const { type } = question;
  return html`<div class="writing">
    <div class="form">
      <${Lines} form=${form} name="text" />
      <${Answers} form=${form} change=${change} />
      ${type === "number" && html`<${Num} form=${form} name="tolerance" />`}
      <div class="beside">
        <${Num} form=${form} name="time_limit" />
        ${type !== "poll" && html`<${Num} form=${form} name="points" />`}
        <${Pick} form=${{ ...form, set: (_, value) => change(ofType(question, value)) }} name="type" of=${TYPES} />
      </div>
      <div class="beside"><${Upload} form=${form} name="image" /><${Upload} form=${form} name="audio" /></div>
      <${More} form=${form} />
    </div>
    <${Preview} question=${question} n=${n} of=${quiz.questions.length} />
  </div>`;
}

/** What most questions do without. It stands open where it is needed. */
function More({ form }) {
  const { it: question, flaws } = form;
  const needed = useRef(FOLDED.some((name) => (question[name] ?? "") !== "") || flaws.some(({ field }) => FOLDED.includes(field)));
  const scored = question.type !== "poll";
  return html`<details open=${needed.current}><summary>${t("folded")}</summary><div class="form">
    <${Lines} form=${form} name="explanation" />
    <div class="beside"><${Pick} form=${form} name="difficulty" says="level" of=${LEVELS} none=${t("difficulty.none")} /><${Line} form=${form} name="topic" /></div>
    ${scored && html`<div class="beside">
      <${Pick} form=${form} name="rule" of=${RULES} none=${t("rule.none")} />
      <${Num} form=${form} name="penalty" nothing=${null} placeholder=${t("penalty.none")} />
    </div>`}
    ${["several", "order"].includes(question.type) && html`<${Tick} form=${form} name="partial" />`}
  </div></details>`;
}
