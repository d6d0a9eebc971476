/** The board as the projector shows it: after a close it waits until the right answer has been seen. */

import { batch, effect, signal } from "../html.js";
import { all, t } from "../language.js";
import { keyOf } from "../parts/pacing.js";

const RIGHT_ANSWER_MS = 1_000;
const EVENT_MS = 4_000; // so long an overtaking can be read
const NAMED = 2; // of those whom somebody has overtaken

export class Standings {
  /** the board message */ shown = signal(null);
  /** player → rank when the question opened, or null */ before = signal(null);
  /** what has just happened, in a sentence */ event = signal("");

  #room;
  #key = "";
  #phase = "";
  #waiting = 0;
  #telling = 0;

  constructor(room) {
    this.#room = room;
    effect(() => room.state.value && room.board.value && this.#follow(room.state.value, room.board.value));
  }

  #follow(state, board) {
    const key = keyOf(state);
    const closing = state.phase === "closed" && this.#phase === "question" && key === this.#key;
    if (key !== this.#key) this.before.value = null;
    [this.#key, this.#phase] = [key, state.phase];
    if (closing) this.#waiting = setTimeout(() => this.#go(), RIGHT_ANSWER_MS);
    if (state.phase !== "closed") this.#go();
    else if (!this.#waiting) this.#show(board);
    if (stoodAtOpening(state, board)) this.before.value = ranksOf(board.rows);
  }

  #go() {
    clearTimeout(this.#waiting);
    this.#waiting = 0;
    this.#show(this.#room.board.peek());
  }

  #show(board) {
    const old = this.shown.peek();
    if (board === old) return;
    batch(() => {
      this.shown.value = board;
      if (old?.epoch === board.epoch && !board.hidden && !this.#telling) this.#tell(overtaking(old.rows, board.rows));
    });
  }

  #tell(text) {
    if (!text) return;
    this.event.value = text;
    this.#telling = setTimeout(() => ((this.#telling = 0), (this.event.value = "")), EVENT_MS);
  }
}

/** Whether no answer to the open question counts in this board yet. Before anybody has points the order means nothing. */
function stoodAtOpening({ phase, epoch, version, reveal }, board) {
  const early = reveal === "close" || board.version <= version;
  return phase === "question" && board.epoch === epoch && early && board.rows.some(({ points }) => points);
}

const ranksOf = (rows) => new Map(rows.map(({ id, rank }) => [id, rank]));

/** Who overtook whom, both being on the board: the one who stands best now. "" if nobody did, or nobody had points. */
function overtaking(old, rows) {
  if (!old.some(({ points }) => points)) return "";
  const before = ranksOf(old);
  for (const [i, { id, rank, name }] of rows.entries()) {
    const passed = rows.slice(i + 1).filter((row) => row.rank > rank && before.get(row.id) < before.get(id));
    if (passed.length) return t("screen.overtook", { name, others: all(passed.slice(0, NAMED).map((row) => row.name)) });
  }
  return "";
}

/** What the page is about just now. */
export function momentOf(room, standings) {
  const { phase, questions, frozen } = room.state.value;
  const { hidden, held } = standings.shown.value;
  if (hidden && phase !== "question") return "ceremony";
  if (phase === "finished") return held || frozen ? "secret" : questions ? "podium" : "board";
  if (phase === "lobby") return questions ? "lobby" : "board";
  return phase === "running" ? "running" : "question";
}
