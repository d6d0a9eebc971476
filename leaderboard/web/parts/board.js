/** The board: rows that keep their identity, so that a change of ranks can be seen as a movement. */

import { html, useRef } from "../html.js";
import { number, t } from "../language.js";
import { Count, Share, useFlip } from "./motion.js";

/**
 * @param rows as in the board message
 * @param {string} [mine] one's own ID there
 * @param {Map<string, number>} [before] player → rank at an earlier moment, which the arrows compare with
 * @param {(row: object) => void} [choose] what a press on a name does
 */
export function Board({ rows, mine, before, label, choose, ...props }) {
  const list = useRef(null);
  useFlip(list, rows.map(({ id }) => id).join());
  const most = Math.max(1, ...rows.map(({ points }) => points));
  const digits = Math.max(1, ...rows.map(({ points }) => number(points).length));
  const drawn = (row, i) => html`<${Row} key=${row.id} ...${row} above=${rows.length - i} share=${Math.max(0, row.points) / most} mine=${row.id === mine} climbed=${climb(row, before)} choose=${choose && (() => choose(row))} />`;
  return html`<ol class="board" ref=${list} aria-label=${label ?? t("board")} style=${{ "--digits": digits }} ...${props}>${rows.map(drawn)}</ol>`;
}

/** `above`: who climbs passes in front of whom they overtake. */
function Row({ id, rank, points, online = true, name, above, share, mine, climbed, choose }) {
  const classes = `row${mine ? " mine" : ""}${online ? "" : " away"}`;
  return html`<li class=${classes} data-id=${id} aria-current=${mine ? "true" : undefined} style=${{ zIndex: String(above) }}>
    <span class="rank">${number(rank)}</span><i class="dot" />
    <${Name} name=${name} choose=${choose} /><${Move} places=${climbed} />
    <${Count} class="points" value=${points} /><${Share} value=${share} />
  </li>`;
}

const Name = ({ name, choose }) =>
  choose ? html`<button type="button" class="name" onClick=${choose}><bdi>${name}</bdi></button>` : html`<bdi class="name">${name}</bdi>`;

/** Places won, or lost. */
function Move({ places }) {
  if (!places || !Number.isFinite(places)) return html`<span class="move" />`;
  const won = places > 0;
  const n = Math.abs(places);
  return html`<span class=${`move ${won ? "up" : "down"}`}><span aria-hidden="true">${won ? "▲" : "▼"} ${number(n)}</span><span class="unseen">${t(won ? "places.up" : "places.down", { n })}</span></span>`;
}

/** Places won since then: below 0 if lost, Infinity if the row came from below the board. */
function climb({ id, rank }, before) {
  if (!before) return 0;
  return before.has(id) ? before.get(id) - rank : Infinity;
}
