/** The time that is left, by the server's clock, whatever the clock of the device says. */

import { html, useEffect, useLayoutEffect, useRef, useSignal } from "../html.js";
import { duration, t } from "../language.js";

const LOOK_MS = 200;
export const SOON_S = 5;

/** The server's time in whole steps while `running`, so that what depends on it is drawn anew. */
export function useNow(room, running = true, step_ms = LOOK_MS) {
  const now = useSignal(room.now());
  useEffect(() => {
    if (!running) return undefined;
    const look = () => (now.value = room.now());
    look();
    const timer = setInterval(look, step_ms);
    return () => clearInterval(timer);
  }, [room, running]);
  return now;
}

/** Whole seconds that are left of a question; `paused_at` stands still. */
const secondsLeft = ({ closes_at, paused_at }, now) => Math.max(0, Math.ceil((closes_at - (paused_at || now)) / 1000));

/**
 * The bar that gets shorter. It runs by itself, and follows when the estimate of the server's time gets better.
 * @param {{opened_at: number, closes_at: number, paused_at: number}} state
 */
export function Bar({ room, state }) {
  const node = useRef(null);
  const bar = useRef(null);
  const { opened_at, closes_at, paused_at } = state;
  const total = Math.max(1, closes_at - opened_at);
  useLayoutEffect(() => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const easing = calm ? `steps(${Math.ceil(total / 1000)})` : "linear";
    bar.current = node.current.animate({ transform: ["none", "scaleX(0)"] }, { duration: total, fill: "both", easing });
    return () => bar.current.cancel();
  }, [opened_at, closes_at]);
  useEffect(() => {
    if (paused_at) bar.current.pause();
    else bar.current.play();
    const follow = () => {
      const at = Math.min(total, Math.max(0, (paused_at || room.now()) - opened_at));
      if (Math.abs(at - bar.current.currentTime) > 50) bar.current.currentTime = at;
    };
    follow();
    const timer = setInterval(follow, 1000);
    return () => clearInterval(timer);
  }, [opened_at, closes_at, paused_at]);
  return html`<div class="track" aria-hidden="true"><i ref=${node} /></div>`;
}

/** The same in words. `tell` is called once for each second, as (seconds left, seconds in all). */
export function Left({ room, state, tell }) {
  const now = useNow(room, !state.paused_at);
  const seconds = secondsLeft(state, now.value);
  useEffect(() => void tell?.(seconds, Math.round((state.closes_at - state.opened_at) / 1000)), [seconds]);
  const text = state.paused_at ? t("paused") : seconds ? t("left", { time: duration(seconds) }) : t("time.up");
  return html`<span class=${`left${seconds <= SOON_S || state.paused_at ? " soon" : ""}`} role="timer" aria-live="off">${text}</span>`;
}
