/** What is going on: the lobby, the question, what came of it; and the board, as others see it and as it is. */

import { html, useEffect, useRef, useSignal } from "../../html.js";
import { any, duration, listed, number, plain, rich, t } from "../../language.js";
import { Board } from "../../parts/board.js";
import { Choices, isWritten, size } from "../../parts/choices.js";
import { Bar, Left, useNow } from "../../parts/clock.js";
import { Media } from "../../parts/media.js";
import { Do, sure } from "../parts.js";
import { Controls } from "./controls.js";
import { apart, seldom } from "./desk.js";
import { Entrance } from "./entrance.js";
import { LastCorrection, Regrade } from "./jury.js";
import { Names } from "./people.js";

const LOOK_MS = 1_000;

export function Now({ desk }) {
  const { phase, questions } = desk.room.state.value;
  const Main = { lobby: Entrance, question: Asked, closed: Closed, running: Running, finished: Finished }[phase];
  return html`<div class="stage">
    <section class="card main" aria-label=${t(`phase.${phase}`)}><${Main} desk=${desk} /><${Soon} room=${desk.room} /><${Controls} desk=${desk} /></section>
    ${phase === "lobby" && questions > 0 ? html`<section><${Names} desk=${desk} /></section>` : html`<${Boards} desk=${desk} />`}
  </div>`;
}

/** With pacing by the clock: when it goes on. */
function Soon({ room }) {
  const { next_at, paused_at } = room.state.value;
  const now = useNow(room, next_at > 0 && !paused_at);
  if (!next_at) return null;
  return html`<p class="second">${t("next.in", { time: duration(Math.max(0, Math.ceil((next_at - (paused_at || now.value)) / 1000))) })}</p>`;
}

function Boards({ desk }) {
  const [state, board] = [desk.room.state.value, desk.room.board.value];
  const look = ({ id, name }) => (desk.looked.value = { id, name });
  const split = apart(state, board) && desk.truth.value;
  return html`<section class=${`boards${split ? " split" : ""}`}>
    <div><h2>${t(!split ? "board" : state.privacy === "open" ? "board.public" : "board.held")}</h2>
    ${split && board.hidden > 0 && html`<p class="second">${t("board.hidden", { n: board.hidden })}</p>`}
    ${board.rows.length > 0 ? html`<${Board} rows=${board.rows} choose=${look} />` : html`<p class="second">${t("board.empty")}</p>`}</div>
    ${split && html`<div><h2>${t("board.true")}</h2><${Board} rows=${desk.truth.value} label=${t("board.true")} choose=${look} /></div>`}
    ${board.teams?.length > 0 && html`<div><h2>${t("board.teams")}</h2><${Board} rows=${board.teams} label=${t("board.teams")} /></div>`}
  </section>`;
}

/** How many have answered, of those who are there. */
function Answered({ board: { answered, online, players } }) {
  const of = Math.max(answered, online) || players;
  return html`<p class="answered"><span>${rich("answered.all", { answered: html`<b>${number(answered)}</b>`, players: of })}</span><progress max=${of || 1} value=${answered} aria-label=${t("answered")} /></p>`;
}

const Text = ({ question: { text } }) => html`<h2 class="text" dir="auto" data-size=${size(text.length)}>${text}</h2>`;

function Asked({ desk }) {
  const { room } = desk;
  const { state } = room;
  const { question } = state.value;
  const shown = useSignal(-1);
  const open = shown.value === question.number;
  const known = open && desk.questions.value[question.number];
  const counts = useCounts(desk, open, question.number);
  return html`<div class="clock"><${Bar} key=${question.number} room=${room} state=${state.value} /><${Left} room=${room} state=${state.value} /></div>
    <${Text} question=${question} /><${Media} question=${question} />
    <${Choices} question=${question} solution=${known ? { answer: known.answer } : null} counts=${counts} answered=${room.board.value.answered} />
    ${known && html`<${Solution} question=${question} solution=${known} />`}
    <${Answered} board=${room.board.value} />
    ${question.type !== "poll" && html`<button type="button" class="plain" aria-pressed=${open} onClick=${() => (shown.value = open ? -1 : question.number)}>${t(open ? "answer.hide" : "answer.show")}</button>`}`;
}

function Closed({ desk }) {
  const { state, board } = desk.room;
  const { question, key, counts } = state.value;
  const correcting = useSignal(false);
  return html`<${Text} question=${question} /><${Media} question=${question} />
    <${Choices} question=${question} solution=${key} counts=${counts} answered=${board.value.answered} />
    <${Solution} question=${question} solution=${key} />
    <p class="second">${listed(t("answers", { n: board.value.answered }), counts?.right !== undefined && question.type !== "poll" && t("right", { n: counts.right }))}</p>
    <${LastCorrection} desk=${desk} />
    ${question.type !== "poll" && html`<button type="button" class="plain" onClick=${() => (correcting.value = true)}>${t("regrade")}</button>`}
    ${correcting.value && html`<${Regrade} desk=${desk} number=${question.number} question=${question} solution=${key} close=${() => (correcting.value = false)} />`}`;
}

/** How often each choice was made so far, while one looks at that; else null. */
function useCounts(desk, open, number) {
  const counts = useSignal(null);
  const read = useRef(null);
  read.current = async () => {
    const all = await desk.read("/counts").catch(() => []);
    const found = all.find((it) => it.question === number)?.counts;
    counts.value = open && found?.length ? found : null;
  };
  const asking = useRef(null);
  const ask = (asking.current ??= seldom(LOOK_MS, () => read.current()));
  useEffect(() => {
    if (open) ask();
    else counts.value = null;
  }, [open, desk.room.board.value.answered]);
  useEffect(() => ask.stop, []);
  return counts.value;
}

/** The right answer in words, where the choices do not show it, and why. */
function Solution({ question, solution }) {
  return html`${solution?.void && html`<p><b>${t("void")}</b></p>`}
    ${solution && isWritten(question.type) && html`<p class="solution">${t("solution", { answer: any(solution.answer.map(plain)) })}</p>`}
    ${solution?.explanation && html`<p class="second" dir="auto">${solution.explanation}</p>`}`;
}

function Running({ desk }) {
  const { room } = desk;
  const state = room.state.value;
  return html`<h2>${t("phase.running")}</h2>
    ${state.closes_at > 0 && html`<div class="clock"><${Bar} room=${room} state=${state} /><${Left} room=${room} state=${state} /></div>`}
    <p>${t("answers", { n: room.board.value.answered })}</p>
    <${Entrance} desk=${desk} />`; // people come as long as it is open
}

function Finished({ desk }) {
  const { frozen } = desk.room.state.value;
  const again = async () => (await sure(t("sure.reset"), { yes: t("reset") })) && desk.do("reset");
  return html`<h2>${t(frozen ? "ceremony" : "phase.finished")}</h2>
    <p class="second">${t(frozen ? "ceremony.hint" : "finished.hint")}</p>
    <${LastCorrection} desk=${desk} />
    ${!frozen && html`<${Do} class="plain" act=${again}>${t("reset")}<//>`}`;
}
