/** The little that all parts of the page need. */

const COUNT_MS = 400;

export const $ = (id) => document.getElementById(id);

/** An element with a class and children; strings become text, never markup. */
export function el(tag, className, ...children) {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...children);
  return node;
}

/** Set a text only when it changes, so that live regions and selections are left in peace. */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const digits = new Intl.NumberFormat("en").format;
export const number = (n) => digits(n).replace("-", "−");
export const plural = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

export const signed = (n) => `${n < 0 ? "" : "+"}${number(n)}`;
export const duration = (s) => (s < 100 ? `${s} s` : `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`);

export function ordinal(n) {
  const teen = n % 100 > 10 && n % 100 < 14;
  return number(n) + ((!teen && { 1: "st", 2: "nd", 3: "rd" }[n % 10]) || "th");
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether anything may move: someone is looking, and does not mind. */
export const moving = () => !still.matches && !document.hidden;

export function animate(node, frames, duration) {
  if (moving()) node.animate(frames, { duration, easing: "ease-out" });
}

export const fade = (node) => animate(node, [{ opacity: 0 }, { opacity: 1 }], 150);

const counts = new WeakMap(); // node → {value, to}: the number it shows and the one it is on the way to

/** Show a number; if another one stood there, count from it. */
export function count(node, to) {
  const before = counts.get(node);
  if (before?.to === to) return;
  const run = { value: before?.value ?? to, to };
  counts.set(node, run);
  const [from, start] = [run.value, performance.now()];
  const step = (now) => {
    if (counts.get(node) !== run) return; // a newer count has taken over
    const share = moving() && from !== to ? Math.min(1, Math.max(0, now - start) / COUNT_MS) : 1;
    run.value = Math.round(from + (to - from) * share * (2 - share));
    put(node, number(run.value));
    if (share < 1) requestAnimationFrame(step);
  };
  step(start);
}
