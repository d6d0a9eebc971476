/** Why one has these points: every step towards them. */

import { html, useEffect, useSignal } from "../html.js";
import { all, any, inTurn, number, plain, signed, t, why } from "../language.js";
import { Dialog } from "../parts/dialog.js";
import { read } from "../parts/door.js";
import { because } from "../parts/reasons.js";
import { standing } from "./place.js";

export function Why({ room, quiz, token, close }) {
  return html`<${Dialog} title=${t("why")} close=${close}><${History} room=${room} quiz=${quiz} token=${token} /><//>`;
}

/** Asked for anew when the points are others. */
export function History({ room, quiz, token }) {
  const found = useSignal(null); // an explanation, or a refusal
  const { points } = standing(room);
  useEffect(() => {
    read(`quizzes/${quiz}/players/${room.player.value.id}/explanation`, token).then((it) => (found.value = it), (refusal) => (found.value = { refusal }));
  }, [points]);
  const { lines, refusal, total } = found.value ?? {};
  if (refusal) return html`<p>${refusal.code === "HELD_BACK" ? t("why.held") : why(refusal)}</p>`;
  if (!lines) return html`<p class="second" aria-busy="true">${t("one.moment")}</p>`;
  if (!lines.length) return html`<p>${t("why.nothing")}</p>`;
  return html`<ol class="history">${lines.map((line, i) => html`<${Step} key=${i} line=${line} />`)}</ol>
    <p class="sum"><span>${t("why.sum")}</span><b>${number(total)}</b></p>`;
}

function Step({ line: { delta, because: reason, question, asked, choice, key } }) {
  const tone = delta > 0 ? "good" : delta < 0 ? "bad" : "second";
  return html`<li>
    <p>${question !== null && html`<b dir="auto">${asked?.text ?? t("question.nth", { question: question + 1 })}</b>`}<span class="second">${because(reason)}</span>
      ${choice && html`<span>${t("why.yours", { answer: inWords(choice, asked) })}</span>`}
      ${key && !key.void && key.answer.length > 0 && html`<span class="good">${t("right.answer", { answers: inWords(key.answer, asked) })}</span>`}</p>
    <b class=${tone}>${signed(delta)}</b>
  </li>`;
}

/** Places as the choices that stand there. */
function inWords(values, asked) {
  const words = values.slice(0, 8).map((value) => asked?.choices[value] ?? plain(value));
  if (asked?.type === "order") return inTurn(words);
  return asked?.type === "several" ? all(words) : any(words);
}
