/** The first three, the winner in the middle. */

import { html, useLayoutEffect, useRef } from "../html.js";
import { number, t } from "../language.js";
import { animate } from "./motion.js";

const RISE_MS = 700;
const BETWEEN_MS = 900;

/**
 * @param rows as in the board message; equals stand beside each other, and as high
 * @param {boolean} [rise] whether they come one after the other, the winner last
 */
export function Podium({ rows, rise = false }) {
  const list = useRef(null);
  const best = rows.slice(0, 3);
  useLayoutEffect(() => {
    if (rise) [...list.current.children].forEach((step, i) => lift(step, (best.length - 1 - i) * BETWEEN_MS));
  }, []);
  return html`<ol class="podium" ref=${list}>
    ${best.map(
      ({ id, name, points, rank }, i) => html`<li key=${id} class=${`step place${i + 1} high${rank}`}>
        <bdi class="name">${name}</bdi><span class="points">${t("points", { n: points })}</span><b>${number(rank)}</b>
      </li>`,
    )}
  </ol>`;
}

function lift(step, delay) {
  const frames = [{ opacity: 0, transform: "translateY(40%)" }, { opacity: 1, transform: "none" }];
  animate(step, frames, RISE_MS, { delay, fill: "backwards" });
}
