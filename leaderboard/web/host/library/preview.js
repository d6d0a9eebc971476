/** A question as it will be seen: on the phone, and on the projector. */

import { html, useSignal } from "../../html.js";
import { duration, t, plain } from "../../language.js";
import { Choices, isWritten, size } from "../../parts/choices.js";
import { Media } from "../../parts/media.js";

export function Preview({ question, n, of }) {
  const solved = useSignal(false);
  const shown = { ...question, text: question.text.trim() ? question.text : t("preview.text"), choices: question.choices.map((text) => text || t("choice.empty")) };
  const asked = { question: shown, n, of, solution: solved.value ? { answer: question.answer } : null };
  return html`<aside class="seen-as" aria-label=${t("preview")}>
    <figure><figcaption>${t("preview.phone")}</figcaption><div class="phone screen" inert><${Asked} ...${asked} /></div></figure>
    <figure><figcaption>${t("preview.projector")}</figcaption><div class="wall screen" inert><${Asked} ...${asked} /></div></figure>
    <button type="button" class="plain" aria-pressed=${solved.value} onClick=${() => (solved.value = !solved.value)}>${t("preview.solution")}</button>
  </aside>`;
}

function Asked({ question, n, of, solution }) {
  return html`<p class="second progress"><span>${t("preview.progress", { number: n + 1, n: of })}</span><span>${duration(question.time_limit)}</span></p>
    <p class="asked" data-size=${size(question.text.length)} dir="auto">${question.text}</p>
    <div class="track"><i /></div>
    <${Media} question=${question} />
    <${Choices} question=${question} solution=${solution} />
    ${isWritten(question.type) && html`<p class="box" dir="auto">${solution ? solution.answer.map(plain).join(" · ") : t(`preview.write.${question.type}`)}</p>`}
    ${solution && question.explanation && html`<p dir="auto" class="why">${question.explanation}</p>`}`;
}
