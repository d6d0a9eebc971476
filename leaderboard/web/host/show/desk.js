/** A quiz in the hands of its host: the live connection, and what only the host may read. */

import { effect, signal } from "../../html.js";
import { Room } from "../../room.js";
import { call, requestKey } from "../api.js";

const TRUTH_MS = 1_000; // the true board is read at most so often
const MOST_ROWS = 20;

/** Do it now and after each call, but not again within `ms`: the last call is never forgotten. */
export function seldom(ms, act) {
  let [timer, last] = [0, -Infinity];
  const run = () => ((timer = 0), (last = performance.now()), act());
  const ask = () => (timer ||= setTimeout(run, Math.max(0, last + ms - performance.now())));
  ask.stop = () => (clearTimeout(timer), (timer = -1));
  return ask;
}

/** Whether others see another board than the host. */
export const apart = (state, board) => state.frozen || board.held || board.hidden > 0;

export class Desk {
  /** all of them, with their right answers */ questions = signal([]);
  /** the number of the question that comes next, null: none, undefined: not known yet */ next = signal(undefined);
  /** rows of the true board, while others see another one */ truth = signal(null);
  /** who is looked at: {id, name} */ looked = signal(null);

  #endings;

  constructor(quiz, token) {
    Object.assign(this, { quiz, token, room: new Room({ quiz, token }) });
    const { state, board } = this.room;
    const truth = seldom(TRUTH_MS, () => this.#readTruth());
    const content = () => this.#readContent();
    let seen = "";
    this.#endings = [
      truth.stop,
      effect(() => state.value && seen !== (seen = moment(state.value)) && content()),
      effect(() => state.value && board.value && (apart(state.value, board.value) ? truth() : (this.truth.value = null))),
    ];
  }

  async #readContent() {
    const { questions, next } = await this.read("").catch(() => ({}));
    if (!questions) return;
    this.questions.value = questions;
    this.next.value = next;
  }

  async #readTruth() {
    const page = await this.read("/board", { limit: MOST_ROWS }).catch(() => null);
    const [state, board] = [this.room.state.peek(), this.room.board.peek()];
    if (page && apart(state, board)) this.truth.value = page.rows;
  }

  /** Ask for what only the host may read. */
  read(path, query) {
    return call("GET", `/quizzes/${this.quiz}${path}`, { query, as: this.token });
  }

  /** Send something over HTTP, which is named, so that it is done once. */
  send(method, path, body) {
    return call(method, `/quizzes/${this.quiz}${path}`, { body, as: this.token, key: requestKey() });
  }

  /** One of the host's verbs. */
  async do(verb, fields) {
    await this.room.request(verb, fields);
    if (verb === "skip") await this.#readContent();
  }

  close() {
    for (const end of this.#endings) end();
    this.room.close();
  }
}

/** What the questions and the next one depend on. */
const moment = ({ epoch, phase, question, correction }) => [epoch, phase, question?.number, correction?.number].join();
