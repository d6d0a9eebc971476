/** What moves: rows that change places, numbers that count, screens that come. Nothing does for who wants it still. */

import { html, useEffect, useLayoutEffect, useRef } from "../html.js";
import { number } from "../language.js";

const MOVE_MS = 300;
const COUNT_MS = 400;
const FADE_MS = 150;

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether anything may move: someone is looking, and does not mind. */
export const moving = () => !still.matches && !document.hidden;

export function animate(node, frames, duration) {
  return moving() ? node.animate(frames, { duration, easing: "ease-out" }) : null;
}

/** Let what is shown for another `key` fade in. */
export function useFade(ref, key) {
  useLayoutEffect(() => void (ref.current && animate(ref.current, [{ opacity: 0 }, { opacity: 1 }], FADE_MS)), [key]);
}

/** A number; when it changes it counts up or down to what it is, and at first from `from` if that is given. */
export function Count({ value, from = value, ...props }) {
  const node = useRef(null);
  const shown = useRef(from);
  useEffect(() => count(node.current, shown, value), [value]);
  return html`<b ...${props} ref=${node}>${number(shown.current)}</b>`;
}

/** Returns what stops it. */
function count(node, shown, to) {
  const [from, start] = [shown.current, performance.now()];
  let frame = 0;
  const step = (now) => {
    const share = moving() && from !== to ? Math.min(1, Math.max(0, now - start) / COUNT_MS) : 1;
    shown.current = Math.round(from + (to - from) * share * (2 - share));
    node.textContent = number(shown.current);
    if (share < 1) frame = requestAnimationFrame(step);
  };
  step(start);
  return () => cancelAnimationFrame(frame);
}

/**
 * FLIP: children of a list that change places glide there. Look where they were and where they are, then play the way
 * between backwards. A child is known by its `data-id`.
 * @param ref the list  @param order what changes when places do
 */
export function useFlip(ref, order) {
  const tops = useRef(new Map());
  useLayoutEffect(() => {
    const rows = [...ref.current.children].filter((row) => row.dataset.id);
    for (const row of rows) for (const running of row.getAnimations()) if (running.id === "flip") running.cancel();
    const now = new Map(rows.map((row) => [row.dataset.id, row.offsetTop]));
    const first = tops.current.size === 0;
    if (!first && moving()) for (const row of rows) glide(row, tops.current.get(row.dataset.id), now.get(row.dataset.id));
    tops.current = now;
  }, [order]);
}

function glide(row, from, to) {
  const zIndex = from > to ? 1 : 0; // who climbs passes in front
  const frames =
    from === undefined
      ? [{ opacity: 0, transform: "translateY(50%)" }, {}]
      : [{ transform: `translateY(${from - to}px)`, zIndex }, { transform: "none", zIndex }];
  if (from === to) return;
  const running = animate(row, frames, MOVE_MS);
  if (running) running.id = "flip";
}
