/** A player's turn: what they are about to answer until the server knows, and how they go on at their own pace. */

import { signal } from "../html.js";
import { listed, t, why } from "../language.js";
import { complete, pick, readNumber, same, sendsOnTap } from "../parts/choices.js";
import { say } from "../parts/frame.js";
import { keyOf } from "../parts/pacing.js";
import { chime } from "./chime.js";

const MISSED_MS = 8_000;
const NOTHING = { key: "", chosen: null, sent: false, refusal: "" };

export class Turn {
  draft = signal(NOTHING);
  /** whether a question, or a box, is on its way */ asking = signal(false);
  /** why there is none */ refusal = signal("");
  /** for a moment: which answer came too late, if another question stands there by then */ missed = signal("");

  constructor(room) {
    this.room = room;
  }

  /**
   * The state as this page shows it: one may have extra time; at one's own pace one's own question stands for everybody's
   * ("played": it is over for oneself); a quiz without questions is a board.
   */
  seen() {
    const [state, you] = [this.room.state.value, this.room.you.value];
    if (state.phase === "lobby" && !state.questions) return { ...state, phase: "board" };
    if (state.phase === "question" && you.closes_at) return { ...state, closes_at: you.closes_at };
    if (state.phase !== "running" || !you.own) return state;
    const kept = state.reanswer === "never" && you.answer?.question === you.own.question.number;
    return { ...state, ...you.own, phase: kept || this.room.now() >= you.own.closes_at ? "played" : "question" };
  }

  /**
   * What one has chosen and how far that got: "" (nothing yet), "picking", "waiting", "sent" or "kept". `answer` is the one
   * that the server has; while answers can be changed, one may be picking another.
   */
  own(now) {
    const you = this.room.you.value;
    const { key, ...draft } = this.draft.value;
    const { chosen: wanted, sent, refusal } = key === keyOf(now) ? draft : NOTHING;
    const answer = you.answer?.question === now.question.number ? you.answer : null;
    const may = now.phase === "question" && !sent && (!answer || now.reanswer !== "never");
    const chosen = may || sent ? wanted : null;
    const way = this.room.status.value === "online" ? "sent" : "waiting";
    const step = sent ? way : chosen ? "picking" : answer ? "kept" : "";
    return { open: may && !now.paused_at && !you.waiting, answer, chosen: chosen ?? answer?.choice ?? [], step, refusal };
  }

  choose(n) {
    const now = this.seen();
    if (!now.question) return;
    const { open, chosen } = this.own(now);
    const { type, choices } = now.question;
    if (!open || n >= choices.length) return;
    this.#pick(now, pick(type, chosen, n));
    if (sendsOnTap(type)) this.send();
  }

  /** An answer in the player's own words, or digits. */
  write(text) {
    const now = this.seen();
    if (!this.own(now).open || !text.trim()) return;
    const value = now.question.type === "number" ? readNumber(text) : text.trim();
    if (Number.isNaN(value)) this.#say(now, t("not.a.number"));
    else this.#pick(now, [value]);
    this.send();
  }

  #pick(now, chosen) {
    this.draft.value = { ...NOTHING, key: keyOf(now), chosen };
  }

  #say(now, refusal) {
    this.draft.value = { ...NOTHING, key: keyOf(now), refusal };
  }

  send() {
    const now = this.seen();
    if (!now.question) return;
    const { open, chosen, answer, step } = this.own(now);
    if (!open || step !== "picking" || !complete(now.question, chosen)) return;
    if (same(chosen, answer?.choice)) return void (this.draft.value = NOTHING); // it is what the server has
    this.draft.value = { ...NOTHING, key: keyOf(now), chosen, sent: true };
    const settle = (refusal) => this.draft.peek().key === keyOf(now) && this.#say(now, refusal);
    this.room.answer(now.question.number, chosen).then(
      () => (settle(""), say(t("kept")), chime("kept")),
      (refusal) => (settle(why(refusal)), keyOf(this.seen()) !== keyOf(now) && this.#miss(now, refusal)),
    );
  }

  #miss({ question }, refusal) {
    this.missed.value = listed(t("question.nth", { question: question.number + 1 }), why(refusal));
    setTimeout(() => (this.missed.value = ""), MISSED_MS);
  }

  /** On to the next question, or open the box that one has. `kind`: where questions are drawn, of which kind. */
  next(kind) {
    return this.ask((after) => this.room.draw(after, kind));
  }

  buy(difficulty) {
    return this.ask((after) => this.room.request("buy", { difficulty, after }));
  }

  /** Hand back what one holds. */
  release() {
    const question = this.room.you.value.own?.question.number;
    return this.ask(() => this.room.request("release", { question }));
  }

  /** Ask for something, one after the other; `request` is called with the question that one had last. */
  async ask(request) {
    const { state, you } = this.room;
    if (this.asking.value || you.value.waiting || state.value.phase !== "running") return;
    this.asking.value = true;
    this.refusal.value = "";
    const last = you.value.last ?? you.value.own?.question.number ?? -1;
    // MOVED_ON: elsewhere one has gone on, and `you` tells where.
    this.refusal.value = await request(last).then(() => "", (refusal) => (refusal.code === "MOVED_ON" ? "" : why(refusal)));
    this.asking.value = false;
  }
}
