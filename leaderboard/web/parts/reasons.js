/** Why a step towards a total gave what it gave, in words. The facts come from the server (`because` of a line). */

import { listed, number, percent, t } from "../language.js";

const seconds = (ms) => number(Math.round(ms / 10) / 100);

function rightness(grade) {
  if (grade === undefined || grade === null) return t("because.none");
  if (grade === 0 || grade === 1) return t(grade ? "because.right" : "because.wrong");
  return t("because.partly", { share: percent(grade) });
}

/** @param it as in the protocol; what is not so is left out of it */
export function because(it) {
  if (it.kind === "box") return listed(rightness(it.grade), t("because.box", { price: it.price ?? 0, prize: it.prize ?? 0 }));
  if (it.kind !== "answer") return t(`because.${it.kind}`, { reason: it.said, n: it.events });
  return listed(
    rightness(it.grade),
    t("because.after", { time: seconds(it.time_ms ?? 0), limit: seconds(it.limit_ms ?? 0) }),
    t(`because.rule.${it.rule}`, { points: it.worth ?? 0 }),
    it.place && t("because.place", { place: it.place }),
    it.penalty && t(it.spared ? "because.spared" : "because.penalty", { points: it.penalty }),
    it.corrected && t("because.corrected"),
    it.attempts && t("because.attempts", { n: it.attempts }),
    it.credit_ms && t("because.credit", { ms: it.credit_ms }),
    it.bonus && t("because.bonus", { n: it.streak, points: it.bonus }),
  );
}
