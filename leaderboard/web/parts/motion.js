/** What moves: rows that change places, numbers that count, screens that come. Nothing does for who wants it still. */

import { html, useEffect, useLayoutEffect, useRef } from "../html.js";
import { number } from "../language.js";

const MOVE_MS = 300;
const COUNT_MS = 400;
const STEP_MS = 45;
const FADE_MS = 150;

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether anything may move: someone is looking, and does not mind. */
export const moving = () => !still.matches && !document.hidden;

/** Only transforms and opacity may stand in `frames`: then the compositor does it, and the page computes nothing meanwhile. */
export function animate(node, frames, duration, options = {}) {
  return moving() ? node.animate(frames, { duration, easing: "ease-out", ...options }) : null;
}

/** Let what is shown for another `key` fade in. */
export function useFade(ref, key) {
  useLayoutEffect(() => void (ref.current && animate(ref.current, [{ opacity: 0 }, { opacity: 1 }], FADE_MS)), [key]);
}

/** A number; when it changes it counts up or down to what it is, and at first from `from` if that is given. */
export function Count({ value, from = value, ...props }) {
  const node = useRef(null);
  const shown = useRef(from);
  useEffect(() => count(node.current.firstChild, shown, value), [value]);
  return html`<b ...${props} ref=${node}>${number(shown.current)}</b>`;
}

/** Returns what stops it. */
function count(text, shown, to) {
  const [from, start] = [shown.current, performance.now()];
  const step = (now) => {
    const share = moving() && from !== to ? Math.min(1, Math.max(0, now - start) / COUNT_MS) : 1;
    const at = Math.round(from + (to - from) * share * (2 - share));
    if (at !== shown.current) text.data = number(at);
    shown.current = at;
    if (share === 1) counting.delete(step);
  };
  counting.add(step);
  if (from === to || !moving()) step(start);
  else frame ||= requestAnimationFrame(tick);
  return () => counting.delete(step);
}

const counting = new Set();
let [frame, ticked] = [0, 0];

/** All numbers in the same frame, and not in every one: nobody reads digits that change faster. */
function tick(now) {
  if (now - ticked >= STEP_MS) for (const step of counting) step(now);
  if (now - ticked >= STEP_MS) ticked = now;
  frame = counting.size ? requestAnimationFrame(tick) : 0;
}

/** The way of one node. The next one begins where this one has come to, so nothing jumps however often it is turned around. */
class Way {
  #running = null;
  #from = [];
  #to = [];

  /** @param draw makes a frame of a place, which is a list of numbers  @param start where the node is */
  constructor(draw, start) {
    this.draw = draw;
    this.#from = this.#to = start;
  }

  at() {
    const share = this.#running?.effect.getComputedTiming().progress ?? 1;
    return this.#to.map((end, i) => this.#from[i] + (end - this.#from[i]) * share);
  }

  go(node, from, to, duration) {
    this.#running?.cancel();
    [this.#from, this.#to] = [from, to];
    const stands = from.every((it, i) => it === to[i]);
    this.#running = stands ? null : animate(node, [this.draw(from), this.draw(to)], duration);
  }
}

const scaled = ([share]) => ({ transform: `scaleX(${share})` });
const shifted = ([x, y]) => ({ transform: `translate(${x}px, ${y}px)` });
const HERE = [0, 0];

const SEEN = 0.01; // of a bar: less is no movement that anybody sees

/** A bar as long as a share of 1. */
export function Share({ value }) {
  const node = useRef(null);
  const way = useRef(null);
  way.current ??= new Way(scaled, [value]);
  useLayoutEffect(() => {
    const [at] = way.current.at();
    way.current.go(node.current, [Math.abs(at - value) < SEEN ? value : at], [value], COUNT_MS);
  }, [value]);
  return html`<i class="bar" ref=${node} style=${scaled([value])} />`;
}

const ways = new WeakMap(); // row → its Way
const wayOf = (row) => ways.get(row) ?? ways.set(row, new Way(shifted, HERE)).get(row);

/**
 * FLIP: children of a list that change places glide there. Look where they were and where they are, then play the way
 * between backwards. A child is known by its `data-id`.
 * @param ref the list  @param order what changes when places do
 */
export function useFlip(ref, order) {
  const places = useRef(new Map());
  useLayoutEffect(() => {
    const rows = [...ref.current.children].filter((row) => row.dataset.id);
    const now = new Map(rows.map((row) => [row.dataset.id, [row.offsetLeft, row.offsetTop]])); // all reading before all writing
    if (places.current.size) for (const row of rows) glide(row, places.current.get(row.dataset.id), now.get(row.dataset.id));
    places.current = now;
  }, [order]);
}

function glide(row, from, to) {
  if (!from) return animate(row, [{ opacity: 0, transform: "translateY(50%)" }, {}], MOVE_MS);
  const [way, [x, y]] = [wayOf(row), [from[0] - to[0], from[1] - to[1]]];
  if (x || y) way.go(row, way.at().map((it, i) => it + [x, y][i]), HERE, MOVE_MS);
}
