/** What comes next: what the one large button does. */

import { ordinal } from "../../language.js";
import { ownPace } from "../../parts/pacing.js";

const ONE_BY_ONE = 10; // places of the ceremony; those below are opened together

/**
 * The next step: {verb, fields, label, values}. `sure`: asks first; without a verb there is nothing to do, or a page to go to.
 * Its fields say what it was meant for, so that a press that comes twice or late does nothing else.
 * @param state @param board as in the protocol
 * @param {number | null | undefined} next the question that comes, null: none, undefined: not known yet
 */
export function coming(state, board, next) {
  const { phase, question, paused_at, correcting, frozen } = state;
  if (correcting) return { label: "do.correcting" };
  if (phase === "finished") return frozen ? opening(board) : { label: "do.results", page: "results" };
  if (paused_at) return { verb: "resume", label: "do.resume" };
  if (phase === "question") return { verb: "close", fields: { question: question.number }, label: "do.close" };
  if (phase === "running") return { verb: "finish", label: "do.finish", sure: true };
  if (ownPace(state)) return { verb: "open", label: "do.open" };
  if (next === undefined) return { label: "loading" };
  if (next === null) return { verb: "finish", label: "do.finish", sure: phase === "lobby" };
  const label = phase === "lobby" ? "do.start" : "do.next";
  return { verb: "next", fields: { after: question?.number ?? -1 }, label, values: { question: next + 1 } };
}

/** The ceremony: a frozen board is opened from the bottom, place by place. `hidden` is 0 where no place is open yet. */
export function opening({ hidden, players }) {
  const closed = hidden || players;
  if (closed > ONE_BY_ONE) return { verb: "reveal", fields: { hidden: ONE_BY_ONE }, label: "do.reveal.below", values: { place: ordinal(ONE_BY_ONE + 1) } };
  const left = Math.max(0, closed - 1);
  return { verb: "reveal", fields: { hidden: left }, label: left ? "do.reveal" : "do.reveal.first", values: { place: ordinal(closed) } };
}
