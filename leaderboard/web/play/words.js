/** What the page says about answers, places and times. */

import { all, any, date, duration, listed, number, ordinal, plain, signed, t } from "../language.js";
import { ownPace } from "../parts/pacing.js";

/** What opens by itself, and when; `now` is the server's time. */
export function coming({ phase, next_at, paused_at, question, questions }, now) {
  if (paused_at) return t("paused");
  if (!next_at) return phase === "lobby" ? t("soon") : "";
  const what = phase === "lobby" ? "starts" : question?.number + 1 < questions ? "next" : "goes.on";
  const s = Math.ceil((next_at - now) / 1000);
  if (s <= 0) return t(`${what}.now`);
  return s < 3600 ? t(`${what}.in`, { time: duration(s) }) : t(`${what}.on`, { time: date(next_at) });
}

/** What to say to a player while they can answer: [tone, text]. The choices say by themselves how far a tap got. */
export function hint({ question: { type, choices }, reanswer }, { answer, step }) {
  const known = step && step !== "picking";
  if (!known) return ["", !answer && (type === "several" || type === "order") ? t(`hint.${type}`) : ""];
  const unmarked = type === "order" || !choices.length;
  return ["", listed(unmarked && t(`step.${step}`), step === "kept" && reanswer !== "never" && t("still.change"))];
}

const tone = (points) => (points > 0 ? "good" : points < 0 ? "bad" : "");

/** What an own question gave, with self pacing: [tone, text]. Others still play it, so there is no key. */
export function gave({ question: { type } }, { answer, step }) {
  if (!answer) return ["", step ? t(`step.${step}`) : t("no.answer")];
  const { points } = answer;
  if (type === "poll" || points === undefined) return ["", t("step.kept")];
  return [tone(points), `${t("step.kept")} ${points ? signed(points) : t("no.points")}`];
}

/** What a closed question brought: its tone, sign and word, and the points if any are known. */
export function verdict({ question: { type, number: asked }, key }, { answer, step }, result) {
  if (key.void) return { tone: "", text: t("void") };
  if (step === "waiting") return { tone: "", text: t("still.waiting") };
  if (!answer) return { tone: "", text: step ? "" : t("no.answer") };
  if (type === "poll") return { tone: "", text: "" };
  const { grade, points } = result?.question === asked ? result : answer;
  if (grade === undefined) return { tone: tone(points), text: "", points }; // held back, or still to come
  if (grade > 0) return { tone: "good", sign: "✓", text: t(grade < 1 ? "partly" : "right"), points };
  return { tone: "bad", sign: "✗", text: t("wrong"), points };
}

/** What goes with it: right ones in a row, places won or lost. */
export function further({ streak, moved } = {}) {
  const places = moved && `${moved > 0 ? "▲" : "▼"} ${t(moved > 0 ? "places.up" : "places.down", { n: Math.abs(moved) })}`;
  return listed(streak > 1 && t("streak", { n: streak }), places);
}

/** How a player stands to the next one: what the close told, else what the board shows. */
export function gap({ rows, held, hidden }, points, rank, ahead, next, { order }) {
  if (rank === null) return held || hidden ? t("places.held") : "";
  const near = held ? [] : rows;
  const up = order === "ascending" ? -1 : 1;
  const other = ahead ? { name: ahead.name, points: points + up * ahead.by } : near.find((row) => row.rank === (rank === 1 ? 2 : rank - 1));
  if (!other && next) return t("gap.catch", { by: next.by, name: next.name });
  const distance = other ? Math.abs(other.points - points) : 0;
  const lead = other ? up * (other.points - points) : 0;
  if (!other || (rank > 1 ? lead < 0 : lead > 0) || (!points && !other.points)) return "";
  if (!distance) return t("gap.level", { name: other.name });
  return t(rank === 1 ? "gap.ahead" : "gap.behind", { by: distance, name: other.name });
}

const called = (players) => all(players.map(({ name }) => name));

/** What has happened to one's place. */
export function moved({ rank, moves: { by, overtook, overtaken_by, top } }) {
  const won = overtook.length ? t("overtook", { names: called(overtook) }) : "";
  const lost = overtaken_by.length ? t("overtaken", { names: called(overtaken_by) }) : "";
  const places = by && rank ? t("from.to", { from: ordinal(rank + by), to: ordinal(rank) }) : "";
  return listed(places, by < 0 ? lost || won : won || lost, top && t(`top.${top}`));
}

/** The key of a question that was answered in writing. */
export function rightAnswer({ answer, tolerance }) {
  const answers = any(answer.slice(0, 5).map(plain));
  return tolerance ? t("right.answer.within", { answers, by: plain(tolerance) }) : t("right.answer", { answers });
}

export function answered({ question: { type }, pacing, key, counts }, count, players) {
  if (ownPace({ pacing })) return ""; // the count is of all questions
  const graded = counts && !key.void && ["number", "text", "order"].includes(type);
  return graded ? t("right.of", { right: counts.right ?? 0, all: count }) : t("answered.of", { some: count, all: players });
}

/** What stands under the board. */
export function below({ held, hidden, players, rows }, { correcting, privacy }) {
  if (held) return t(correcting ? "board.correcting" : "board.held");
  if (privacy === "near" || privacy === "own") return t(`board.${privacy}`);
  const more = players - hidden - rows.length;
  return more > 0 ? t("board.more", { n: more }) : players ? "" : t("nobody");
}

/** Where in the quiz one is: 7 / 20. Where questions are drawn, the number is not how far one has come. */
export const where = ({ question, questions, pacing }) => (pacing === "draw" ? "" : `${number(question.number + 1)} / ${number(questions)}`);
