/** The ledger of a quiz, fetched page by page when somebody wants to see how it went. */

import { batch, signal } from "../../html.js";
import { ownPace } from "../../parts/pacing.js";
import { Refusal } from "../../sdk/leaderboard.js";
import { call } from "../api.js";
import { Replay } from "./replay.js";

const AT_ONCE = 5_000;

export class Ledger {
  /** entries so far */ length = signal(0);
  whole = signal(false);
  refusal = signal(null);

  #cursor = "";
  #epoch;
  #begun = false;
  #ended = false;

  constructor({ quiz, as, state, ties, rows }) {
    this.quiz = quiz;
    this.as = as;
    this.ownPace = ownPace(state);
    this.replay = new Replay(rows.filter(({ aside }) => !aside).map(({ player }) => player), { ascending: state.order === "ascending", shared: ties === "shared" });
  }

  /** Fetch it, once; after a failure go on where that was. */
  async begin() {
    if (this.#begun) return;
    this.#begun = true;
    await this.#fetch().catch((refusal) => batch(() => ((this.refusal.value = refusal), (this.#begun = false))));
  }

  async #fetch() {
    while (this.#cursor !== null && !this.#ended) {
      const page = await call("GET", `/quizzes/${this.quiz}/ledger`, { as: this.as, query: { limit: AT_ONCE, cursor: this.#cursor } });
      if ((this.#epoch ??= page.epoch) !== page.epoch) throw new Refusal("STARTED_OVER", "");
      this.replay.add(page.rows);
      this.#cursor = page.next;
      this.length.value += page.rows.length;
    }
    this.whole.value = this.#cursor === null;
  }

  stop() {
    this.#ended = true;
  }
}
