/** A quiz as the server tells it, as signals: each part of a page follows what it shows. */

import { batch, signal } from "./html.js";
import { connect } from "./sdk/leaderboard.js";

export class Room {
  /** "connecting", "online", "offline" or "ended" */ status = signal("connecting");
  /** the close code that has ended it */ code = signal(0);
  role = signal(null);
  player = signal(null);
  state = signal(null);
  board = signal(null);
  you = signal(null);

  #live;

  /** @param {{quiz: string, token?: string, live?: Live}} options without a token one watches; `live`: is there already */
  constructor({ quiz, token, live = connect({ quiz, token }) }) {
    this.quiz = quiz;
    this.#live = live;
    for (const name of ["welcome", "status", "state", "board", "you"]) {
      this.#live.addEventListener(name, ({ detail }) => this.#follow(name, detail));
    }
    if (live.role) this.#follow("welcome");
  }

  #follow(name, detail) {
    batch(() => {
      const { status, role, player, state, board, you } = this.#live;
      if (name === "status") this.code.value = detail.code ?? 0;
      this.status.value = status;
      if (!role) return;
      this.role.value = role;
      if (player?.name !== this.player.peek()?.name) this.player.value = player && { ...player }; // the host may rename
      this.state.value = state;
      this.board.value = board;
      this.you.value = you;
    });
  }

  /** Hear each `you` once: what has just happened to one's place stands in its `moves`. Returns what ends that. */
  onYou(act) {
    const hear = ({ detail }) => detail && act(detail);
    this.#live.addEventListener("you", hear);
    return () => this.#live.removeEventListener("you", hear);
  }

  /** The server's time in ms. */
  now() {
    return this.#live.serverNow();
  }

  answer(question, choice) {
    return this.#live.answer(question, choice);
  }

  draw(after, kind) {
    return this.#live.draw(after, kind);
  }

  /** Any other request, such as a host's verb. Rejects with a Refusal. */
  request(type, fields) {
    return this.#live.request(type, fields);
  }

  close() {
    this.#live.close();
  }
}
