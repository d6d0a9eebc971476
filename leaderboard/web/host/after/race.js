/** The race of the board, out of the ledger: played, or moved by hand. */

import { html, useEffect, useRef, useSignal } from "../../html.js";
import { listed, number, t, time } from "../../language.js";
import { Board } from "../../parts/board.js";
import { moving } from "../../parts/motion.js";
import { Field } from "../parts.js";
import { Fetching } from "./fetching.js";
import { sections } from "./replay.js";

const ROWS = 10;
const TICK_MS = 300; // as long as a row moves
const WHOLE_MS = 45_000; // no race is longer, at its own speed
const STEP_MS = 1_500; // for who wants nothing to move: from question to question
const STEPS = 1000; // of the slider
const SPEEDS = [0.5, 1, 2, 4];

export const Race = (given) => html`<${Fetching} ledger=${given.ledger}>${() => html`<${Replayed} ...${given} />`}<//>`;

function Replayed({ results, ledger }) {
  const { replay } = ledger;
  const parts = useRef(null);
  parts.current ??= sections(replay, ledger.ownPace);
  const [when, playing, speed] = [useSignal(0), useSignal(false), useSignal(1)];
  const names = useRef(new Map(results.rows.map(({ player, name }) => [player, name]))).current;
  useEffect(() => playing.value && play(replay, parts.current, when, playing, speed), [playing.value]);
  const press = () => {
    if (!playing.value && when.value >= replay.duration) when.value = 0;
    playing.value = !playing.value;
  };
  const scrub = ({ target }) => {
    playing.value = false;
    when.value = (target.value / STEPS) * replay.duration;
  };
  const index = Math.max(1, replay.until(when.value));
  replay.seek(index);
  const rows = replay.top(ROWS).map((row) => ({ ...row, name: names.get(row.id) }));
  const { at, question } = replay.entry(index - 1);
  const now = listed(question >= 0 && t("question.nth", { question: question + 1 }), time(at));
  return html`<div class="race">
    <div class="controls card">
      <button type="button" class="big" onClick=${press}>${t(playing.value ? "race.pause" : "race.play")}</button>
      <${Field} label=${t("race.when")}>${(tied) => html`<input ...${tied} type="range" min="0" max=${STEPS} value=${replay.duration ? Math.round((when.value / replay.duration) * STEPS) : STEPS} aria-valuetext=${now} onInput=${scrub} />`}<//>
      <${Field} label=${t("race.speed")}>${(tied) => html`<select ...${tied} onChange=${({ target }) => (speed.value = Number(target.value))}>
        ${SPEEDS.map((it) => html`<option value=${it} selected=${speed.value === it}>${t("race.times", { speed: number(it) })}</option>`)}</select>`}<//>
      <p class="now">${now}</p>
    </div>
    <${Board} rows=${rows} label=${t("race.board")} />
  </div>`;
}

/** Let it run until its end. Returns what stops it. */
function play(replay, parts, when, playing, speed) {
  let before = performance.now();
  const rate = Math.max(1, replay.duration / WHOLE_MS);
  const on = () => (moving() ? when.value + TICK_MS * rate * speed.value : (parts.find((it) => it.when > when.value)?.when ?? replay.duration));
  const timer = setInterval(() => {
    const now = performance.now();
    if (document.hidden || (!moving() && now - before < STEP_MS / speed.value)) return;
    before = now;
    when.value = Math.min(replay.duration, on());
    if (when.value >= replay.duration) playing.value = false;
  }, TICK_MS);
  return () => clearInterval(timer);
}
