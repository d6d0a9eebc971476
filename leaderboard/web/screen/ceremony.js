/** The end: a board that is opened from the bottom, and the podium. */

import { html, useEffect, useLayoutEffect, useRef } from "../html.js";
import { ordinal, t } from "../language.js";
import { animate } from "../parts/motion.js";
import { Podium } from "../parts/podium.js";
import { play } from "../parts/sound.js";

const OPEN_MS = 450;

/** One press of the host opens one place: the lowest of those that were hidden comes in large. */
export function Ceremony({ standings }) {
  const { hidden, rows } = standings.shown.value;
  return html`<section class="stage calm"><p class="join">${t("screen.hidden", { n: hidden })}</p>${rows.length > 0 && html`<${Opened} key=${rows[0].id} ...${rows[0]} />`}</section>`;
}

function Opened({ rank, name, points }) {
  const node = useRef(null);
  useEffect(() => play("opened"), []);
  useLayoutEffect(() => void animate(node.current, [{ opacity: 0, transform: "scale(.7)" }, { opacity: 1, transform: "none" }], OPEN_MS), []);
  return html`<div class="opened card" ref=${node} role="status">
    <b class="place">${ordinal(rank)}</b><h2><bdi>${name}</bdi></h2><p class="second">${t("points", { n: points })}</p>
  </div>`;
}

/** It is over, and the host has not shown who has won. */
export const Secret = () => html`<section class="stage calm"><h2>${t("screen.finished")}</h2><p class="second">${t("screen.secret")}</p></section>`;

export function Finale({ standings }) {
  const { rows, teams } = standings.shown.value;
  const best = teams?.length ? teams : rows;
  useEffect(() => play("won"), []);
  if (!best.length) return html`<section class="stage calm"><h2>${t("screen.finished")}</h2></section>`;
  return html`<section class="stage finale"><h2>${t("screen.winners")}</h2><${Podium} rows=${best} rise /></section>`;
}
