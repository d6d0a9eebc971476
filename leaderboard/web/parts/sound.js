/** Short sounds, made here and not fetched. Off until somebody wants them. */

import { effect, signal } from "../html.js";
import { ofDevice } from "./kept.js";

const KEPT = "leaderboard:sound";

/** What sounds: [pitch in Hz, begins after s, lasts s]. */
const TUNES = {
  joined: [[660, 0, 0.09]],
  opened: [[440, 0, 0.12], [660, 0.12, 0.18]],
  tick: [[880, 0, 0.04]],
  kept: [[740, 0, 0.07]],
  closed: [[520, 0, 0.12], [390, 0.12, 0.2]],
  moved: [[560, 0, 0.05], [700, 0.05, 0.07]],
  won: [[523, 0, 0.15], [659, 0.15, 0.15], [784, 0.3, 0.15], [1047, 0.45, 0.5]],
};
const LOUDNESS = 0.12;

export const sounding = signal(ofDevice.get(KEPT) === "on");
effect(() => void ofDevice.set(KEPT, sounding.value ? "on" : "off"));

let context = null;

/** A browser lets nothing sound before somebody has touched the page; then this is quiet. */
export function play(name) {
  if (!sounding.value || document.hidden) return;
  context ??= new AudioContext();
  context.resume();
  for (const [pitch, after, length] of TUNES[name]) note(pitch, context.currentTime + after, length);
}

function note(pitch, start, length) {
  const [tone, loudness] = [context.createOscillator(), context.createGain()];
  tone.type = "triangle";
  tone.frequency.value = pitch;
  loudness.gain.setValueAtTime(0, start);
  loudness.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01);
  loudness.gain.exponentialRampToValueAtTime(0.001, start + length);
  tone.connect(loudness).connect(context.destination);
  tone.start(start);
  tone.stop(start + length);
}
