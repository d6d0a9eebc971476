/** The question: its text, its choices or the field for an answer, its clock. */

import { html, useEffect, useLayoutEffect, useRef } from "../html.js";
import { duration, t, plain } from "../language.js";
import { Choices, complete, isWritten, size } from "../parts/choices.js";
import { Bar, Left, SOON_S } from "../parts/clock.js";
import { say } from "../parts/frame.js";
import { Media } from "../parts/media.js";
import { useFade } from "../parts/motion.js";
import { keyOf, ownPace } from "../parts/pacing.js";
import { Standings, Verdict } from "./closed.js";
import { gave, hint, rightAnswer } from "./words.js";

const isLast = ({ pacing, question, questions }) => pacing === "self" && question.number + 1 >= questions;

export function Question({ room, turn, now, before }) {
  const mine = turn.own(now);
  const node = useRef(null);
  const { question, key, phase } = now;
  const board = room.board.value;
  const which = keyOf(now);
  useFade(node, which);
  useFit(node, [which, phase]);
  useEffect(() => phase === "question" && say(opening(now, room)), [which, phase === "question"]);
  useLayoutEffect(() => scrollTo({ top: 0 }), [which, phase]);
  return html`<section class="ask" ref=${node} data-phase=${phase}>
    ${key && html`<${Verdict} now=${now} mine=${mine} you=${room.you.value} />`}
    <h1 class="text" data-size=${size(question.text.length)} dir="auto">${question.text}</h1>
    <${Media} key=${which} question=${question} />
    ${phase === "question" && html`<${Bar} key=${which} room=${room} state=${now} />`}
    <${Remark} now=${now} mine=${mine} turn=${turn} waiting=${room.you.value.waiting} />
    <${Choices} key=${which} question=${question} solution=${key} counts=${now.counts} answered=${board.answered} own=${mine}
      choose=${(n) => turn.choose(n)} aria-label=${t("choices")} />
    ${isWritten(question.type) && html`<${Written} key=${which} turn=${turn} question=${question} solution=${key} mine=${mine} />`}
    ${key?.explanation && html`<p class="explanation" dir="auto">${key.explanation}</p>`}
    <${Actions} now=${now} mine=${mine} turn=${turn} waiting=${room.you.value.waiting} />
    ${key && html`<${Standings} room=${room} now=${now} before=${before} answered=${true} />`}
  </section>`;
}

/** What is said when a question opens: it, and how much time there is. */
function opening({ question, closes_at, paused_at }, room) {
  const s = Math.max(0, Math.round((closes_at - (paused_at || room.now())) / 1000));
  return t("opening", { text: question.text, time: duration(s) });
}

/** What there is to say to a player while nobody knows the key. */
function Remark({ now, mine, turn, waiting }) {
  const [tone, text] = remark(now, mine, turn.refusal.value, waiting);
  return html`<div role="status" class="remark"><p class=${tone || "second"}>${text}</p>${ownPace(now) && now.phase === "played" && isLast(now) && html`<p>${t("through")}</p>`}</div>`;
}

function remark(now, mine, refusal, waiting) {
  if (waiting) return ["", t("let.in")];
  if (mine.refusal || refusal) return ["bad", mine.refusal || refusal];
  if (now.key) return ["", ""];
  if (!ownPace(now) || (now.phase === "question" && mine.step !== "kept")) return hint(now, mine);
  return gave(now, mine);
}

function Written({ turn, question, solution, mine }) {
  const field = useRef(null);
  const text = mine.chosen.map(plain).join();
  useEffect(() => void (text && (field.current.value = text)), [text]); // what the server has, until one writes something else
  useEffect(() => void (!mine.open && field.current?.blur()), [mine.open]); // the screen is wanted back, and so are the keys
  const submit = (event) => (event.preventDefault(), turn.write(field.current.value));
  const numeric = question.type === "number";
  const shown = !solution || text !== "";
  return html`${shown && html`<form class=${`write ${solution ? "" : mine.step}`} onSubmit=${submit}>
      <input ref=${field} aria-label=${t(numeric ? "write.number" : "write.text")} placeholder=${t(numeric ? "write.number" : "write.text")} inputmode=${numeric ? "decimal" : "text"}
        maxlength="200" autocomplete="off" dir="auto" readonly=${!mine.open} />
      ${mine.open && html`<button class="big">${t("send")}</button>`}
    </form>`}
    ${solution && !solution.void && html`<p class="good solution" dir="auto">${rightAnswer(solution)}</p>`}`;
}

/** What is pressed beside the choices. With self pacing, who does not know the answer may pass. */
function Actions({ now, mine, turn, waiting }) {
  const over = mine.answer || now.phase === "played";
  const busy = turn.asking.value || waiting || mine.step === "sent" || mine.step === "waiting";
  const ready = mine.open && mine.step === "picking" && complete(now.question, mine.chosen);
  return html`<div class="actions">
    ${ready && html`<button type="button" class="big" onClick=${() => turn.send()}>${t("send")}</button>`}
    ${now.pacing === "self" && !isLast(now) && html`<button type="button" class=${`big${over ? "" : " plain"}`} disabled=${busy} onClick=${() => turn.next()}>${t(over ? "next.question" : "skip")}</button>`}
    ${now.pacing === "draw" && !over && html`<button type="button" class="big plain" disabled=${busy} onClick=${() => turn.release()}>${t("hand.back")}</button>`}
    ${now.pacing === "draw" && now.phase === "played" && html`<button type="button" class="big" disabled=${busy} onClick=${() => turn.next()}>${t("next.question")}</button>`}
  </div>`;
}

/** The time that is left, above; those who hear it are told at half and at five seconds. */
export function Time({ room, now }) {
  const tell = (s, all) => (s === SOON_S || s === Math.round(all / 2)) && say(t("left", { time: duration(s) }));
  return html`<${Left} key=${keyOf(now)} room=${room} state=${now} tell=${tell} />`;
}

const LEAST = 70;

/** The largest type with which all of it is on one screen; if none is, it is as large as ever, and one scrolls. */
function useFit(ref, about) {
  useLayoutEffect(() => {
    const fit = () => fitted(ref.current);
    fit();
    addEventListener("resize", fit);
    return () => removeEventListener("resize", fit);
  }, about);
}

function fitted(node) {
  for (let percent = 100; percent >= LEAST; percent -= 5) {
    node.style.fontSize = `${percent}%`;
    if (document.documentElement.scrollHeight <= innerHeight) return;
  }
  node.style.fontSize = "";
}
