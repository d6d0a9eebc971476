/** The connection to the quiz that the address names, opened while the rest of the page is still on its way. */

import { connect } from "../sdk/leaderboard.js";
import { named, tokenOf } from "./seats.js";

let early = named && { quiz: named, token: tokenOf(named) };
if (early) early.live = connect(early);

/** That connection, if it is this one and has not ended; once. */
export function opened(quiz, token) {
  const { live } = early || {};
  if (!live || early.quiz !== quiz || early.token !== token || live.status === "ended") return undefined;
  early = null;
  return live;
}
