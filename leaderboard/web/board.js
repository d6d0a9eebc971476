/** The board: rows that keep their identity, so that a change of ranks can be seen as a movement. */

import { animate, count, el, moving, put } from "./dom.js";

const MOVE_MS = 300;

export class Board {
  #list;
  #rows = new Map(); // player → the row's elements

  constructor(list) {
    this.#list = list;
  }

  /**
   * @param rows as in the board message
   * @param mine one's own player ID, if any
   * @param before player → rank when the question opened, if known
   */
  show(rows, mine, before) {
    this.#arrange(rows.map(({ id }) => id));
    const most = Math.max(1, ...rows.map(({ points }) => points));
    for (const row of rows) fill(this.#rows.get(row.id), row, Math.max(0, row.points) / most, row.id === mine, climb(row, before));
  }

  /** Put the rows in this order. FLIP: look where they were and where they are, then play the way between backwards. */
  #arrange(ids) {
    const now = [...this.#rows.keys()];
    if (now.length === ids.length && ids.every((id, i) => id === now[i])) return;
    const were = moving() ? this.#tops() : new Map();
    const rows = new Map(ids.map((id) => [id, this.#rows.get(id) ?? create()]));
    for (const [id, { row }] of this.#rows) if (!rows.has(id)) row.remove();
    this.#rows = rows;
    [...rows.values()].forEach(({ row }, i) => this.#place(row, i));
    if (moving()) this.#play(were);
  }

  #place(row, i) {
    const there = this.#list.children[i];
    if (there !== row) this.#list.insertBefore(row, there ?? null);
  }

  #tops() {
    return new Map([...this.#rows].map(([id, { row }]) => [id, row.getBoundingClientRect().top]));
  }

  #play(were) {
    for (const { row } of this.#rows.values()) for (const running of row.getAnimations()) running.cancel();
    for (const [id, top] of this.#tops()) {
      const { row } = this.#rows.get(id);
      const way = were.get(id) - top;
      const zIndex = way > 0 ? 1 : 0; // who climbs passes in front
      if (way) animate(row, [{ transform: `translateY(${way}px)`, zIndex }, { transform: "none", zIndex }], MOVE_MS);
      else if (!were.has(id)) animate(row, [{ opacity: 0, transform: "translateY(50%)" }, {}], MOVE_MS);
    }
  }
}

function create() {
  const parts = { rank: "span", dot: "i", name: "bdi", move: "span", points: "b", bar: "i" };
  const nodes = Object.fromEntries(Object.entries(parts).map(([name, tag]) => [name, el(tag, name)]));
  return { row: el("li", "row", ...Object.values(nodes)), ...nodes };
}

function fill(nodes, { rank, points, online, name }, share, mine, climbed) {
  put(nodes.rank, String(rank));
  put(nodes.name, name);
  put(nodes.move, Number.isFinite(climbed) && climbed ? String(Math.abs(climbed)) : "");
  count(nodes.points, points);
  nodes.row.classList.toggle("mine", mine);
  nodes.row.classList.toggle("away", !online);
  nodes.move.dataset.way = Math.sign(climbed);
  nodes.bar.style.transform = `scaleX(${share})`;
}

/** Places won since the question opened: below 0 if lost, Infinity if the row came from below the board. */
function climb({ id, rank }, before) {
  if (!before) return 0;
  return before.has(id) ? before.get(id) - rank : Infinity;
}
