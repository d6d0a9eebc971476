/** What the projector says and sounds: once, when it happens. */

import { effect, html, signal } from "../html.js";
import { t } from "../language.js";
import { say } from "../parts/frame.js";
import { keyOf } from "../parts/pacing.js";
import { play } from "../parts/sound.js";

const TUNES = { question: "opened", closed: "closed" };
const NOTICE_MS = 8_000;

const notice = signal("");

export const Notice = () => html`<p class="notice" role="status">${notice.value}</p>`;

function show(text) {
  notice.value = text;
  setTimeout(() => notice.peek() === text && (notice.value = ""), NOTICE_MS);
}

/** Follow a quiz. What had happened before the page was there is not told. */
export function tell(room, standings) {
  let before = null;
  effect(() => {
    const state = room.state.value;
    if (!state) return;
    const now = { epoch: state.epoch, moment: `${state.phase} ${keyOf(state)}`, correction: state.correction?.number ?? 0 };
    if (before?.epoch === now.epoch) happened(before, now, state);
    before = now;
  });
  effect(() => standings.event.value && play("moved"));
  let known = Infinity;
  effect(() => {
    const { players = known } = room.board.value ?? {};
    if (players > known && room.state.peek().phase === "lobby") play("joined");
    known = players;
  });
}

function happened(before, { moment, correction }, { phase, question, correction: last }) {
  if (correction > before.correction && last.kind !== "skip") show(t("screen.corrected", { reason: last.reason }));
  if (moment === before.moment) return;
  if (TUNES[phase]) play(TUNES[phase]);
  if (phase === "question") say(question.text);
}
