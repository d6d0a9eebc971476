/** What the page says. Short, kind, concrete. */

import { duration, number, ordinal, plural, signed } from "./dom.js";

const WORDS = {
  TOO_LATE: "Too late, the question was closed",
  NOT_OPEN: "Too late, the quiz has gone on",
  MOVED_ON: "The quiz has gone on. Have another look",
  STARTED_OVER: "The quiz has started over",
  PAUSED: "The clock stands. Answer when it goes on",
  TOO_OFTEN: "You have changed your answer nineteen times. It stands now",
  ALL_DRAWN: "No more questions for now",
  WRONG_PACING: "This quiz goes at another pace",
  HELD_BACK: "Standings are held back for now",
  TAKEN_OVER: "Another device has taken over",
  BAD_CHOICE: "The question does not offer this choice",
  BAD_NAME: "Choose another name: 1\u00a0to\u00a032\u00a0letters, nothing rude",
  FULL: "The quiz is full, nobody else can join",
  NO_SUCH_TEAM: "The quiz has no such team",
  LOCKED: "The host lets nobody join any more",
  NOT_LISTED: "This name is not on the host's list. Write it as it stands there",
  NOT_ADMITTED: "The host has not let you in yet",
  BANNED: "The host does not let you in any more",
  REMOVED: "The host has removed you from this quiz",
  FINISHED: "The quiz is finished, nobody can join any more",
  BAD_CODE: "A code has six digits, or eight letters and digits",
  NO_SUCH_QUIZ: "No quiz has this code",
  RATE_LIMITED: "Too many tries. Wait a minute, then try again",
  NO_SUCH_PLAYER: "The quiz does not know you any more. Join again",
  UNREACHABLE: "The server cannot be reached. Try again",
  BUSY: "The server is busy. Try again",
  INTERNAL_ERROR: "Something went wrong on the server. Try again",
};

/** Why something was refused; `name`: the one that was wanted, if that is what it is about. */
export function inWords({ code, detail, message }, name) {
  if (code === "NAME_TAKEN") return `Somebody here is called that already: try “${another(name)}”`;
  return WORDS[code] ?? detail ?? message;
}

/** The name with a number, or with the next one. */
function another(name) {
  const [, first, number] = /^(.*?)(?: (\d{1,9}))?$/.exec(name.trim());
  return `${first} ${Number(number ?? 1) + 1}`;
}

const ENDED = {
  4403: [WORDS.REMOVED, "Ask them if you think that it was a mistake."],
  4404: [WORDS.NO_SUCH_QUIZ, `Have another look at the screen. ${WORDS.BAD_CODE}.`],
  4409: ["You are playing on another device or tab", "It has taken over from this one."],
  1009: ["The connection has ended", "The server could not read what this page sent."],
};
export const ended = (code) => ENDED[code] ?? ["The connection has ended", "The server will not talk to this page any more."];

/** What opens by itself, and when; `now` is the server's time. */
export function coming({ phase, next_at, paused_at, question, questions }, now) {
  if (paused_at) return "Paused";
  if (!next_at) return phase === "lobby" ? "The quiz starts soon" : "Closed";
  const what = phase === "lobby" ? "Starts" : question?.number + 1 < questions ? "Next question" : "Goes on";
  return `${what} ${when(next_at, now)}`;
}

const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format;

function when(time, now) {
  const seconds = Math.ceil((time - now) / 1000);
  if (seconds <= 0) return "now";
  return seconds < 3600 ? `in ${duration(seconds)}` : `on ${date(time)}`;
}

export const NOT_YET = "The host lets you in in a moment";

/** With one's own pace, while one has no question; `answer`: the one to the last, where each is drawn by one player. */
export function pace({ pacing, questions, closes_at }, playing, waits, answer) {
  if (waits) return NOT_YET;
  if (pacing === "draw" && answer) return answer.points > 0 ? `✓ Right, ${signed(answer.points)}` : "✗ Not this time";
  const how = pacing === "draw" ? "Each goes to one player. Its clock" : "The clock of each";
  const clocks = playing ? `${plural(questions, "question")}. ${how} starts when you see it.` : "";
  return closes_at ? `${clocks} Open until ${date(closes_at)}.` : clocks;
}

/** What the button says with which one goes on. */
export function begin({ pacing }, box) {
  if (box) return "Open your box";
  return pacing === "draw" ? "Draw a question" : "Start";
}

const HINTS = { several: "Choose all that are right", order: "Tap them in the right order" };
export const MARKS = { kept: "kept ✓", sent: "sent", waiting: "waiting to send" };

/** What to say to a player while they can answer: [tone, text]. The tiles say by themselves how far a choice got. */
export function hint({ question: { type, choices }, reanswer }, { answer, step }) {
  if (!MARKS[step]) return ["", (!answer && HINTS[type]) || ""];
  const unmarked = type === "order" || !choices.length;
  return ["", listed(unmarked && MARKS[step], step === "kept" && reanswer !== "never" && "You can still change it")];
}

const tone = (points) => (points > 0 ? "good" : points < 0 ? "bad" : "");

/** What an own question gave, with self pacing: [tone, text]. Others still play it, so there is no key. */
export function gave({ question: { type } }, { answer, step }) {
  if (!answer) return ["", MARKS[step] ?? "No answer this time"];
  const { points } = answer;
  if (type === "poll" || points === undefined) return ["", MARKS.kept];
  return [tone(points), `${MARKS.kept} ${points ? signed(points) : "No points this time"}`];
}

/** What a closed question brought: [tone, text, further]. */
export function brought({ question, key }, { answer, step }, result) {
  const mine = result?.question === question.number ? result : undefined;
  return [...verdict(question, key, answer, step, mine), further(mine)];
}

function verdict({ type }, key, answer, step, result) {
  if (key.void) return ["", "This question does not count"];
  if (step === "waiting") return ["", "Your answer is waiting to be sent"];
  if (!answer) return ["", step ? "" : "No answer this time"];
  if (type === "poll") return ["", ""];
  const { grade, points } = result ?? answer;
  if (grade === undefined) return [tone(points), points ? signed(points) : ""]; // held back, or still to come
  const sum = points ? `, ${signed(points)}` : "";
  if (grade > 0) return ["good", `${grade < 1 ? "Partly right" : "✓ Right"}${sum}`];
  return ["bad", `✗ Not this time${sum}`];
}

const listed = (...parts) => parts.filter(Boolean).join(" · ");

function further({ streak, moved } = {}) {
  return listed(streak > 1 && `${streak} in a row`, moved && `${moved > 0 ? "▲" : "▼"} ${plural(Math.abs(moved), "place")}`);
}

/** How a player stands to the next one: what the close told, else what the board shows. */
export function gap({ rows, held, hidden }, points, rank, ahead, next, { order }) {
  if (rank === null) return held || hidden ? "Places are held back" : "";
  const near = held ? [] : rows;
  const up = order === "ascending" ? -1 : 1;
  const other = ahead ? { name: ahead.name, points: points + up * ahead.by } : near.find((row) => row.rank === (rank === 1 ? 2 : rank - 1));
  if (!other && next) return `${number(next.by)} to catch ${next.name}`;
  const distance = other ? Math.abs(other.points - points) : 0;
  const lead = other ? up * (other.points - points) : 0;
  if (!other || (rank > 1 ? lead < 0 : lead > 0) || (!points && !other.points)) return "";
  if (!distance) return `level with ${other.name}`;
  return `${number(distance)} ${rank === 1 ? "ahead of" : "behind"} ${other.name}`;
}

const all = new Intl.ListFormat("en");
const called = (players) => all.format(players.map(({ name }) => name));
const TOP = { entered: "You are on the board", left: "You are off the board" };

/** What has happened to one's place. */
export function moved({ rank, moves: { by, overtook, overtaken_by, top } }) {
  const won = overtook.length ? `You overtook ${called(overtook)}` : "";
  const lost = overtaken_by.length ? `${called(overtaken_by)} overtook you` : "";
  const places = by && rank ? `${ordinal(rank + by)} → ${ordinal(rank)}` : "";
  return listed(places, by < 0 ? lost || won : won || lost, TOP[top]);
}

const anyOf = new Intl.ListFormat("en", { type: "disjunction" });

/** The key of a question that was answered in writing. Digits are not grouped: a number may be a year. */
export function rightAnswer({ answer, tolerance }) {
  return `Right answer: ${anyOf.format(answer.slice(0, 5).map(String))}${tolerance ? ` (± ${tolerance})` : ""}`;
}

export function answered({ question: { type }, pacing, key, counts }, count, players) {
  if (pacing === "self" || pacing === "draw") return ""; // the count is of all questions
  const graded = counts && !key.void && ["number", "text", "order"].includes(type);
  return graded ? `${number(counts.right ?? 0)} of ${number(count)} right` : `${number(count)} of ${number(players)} answered`;
}

export const stillHidden = (hidden) => (hidden === 1 ? "The first place is still hidden" : `The first ${number(hidden)} are still hidden`);

const ALONE = { near: "All see only who is next to them", own: "All see only their own place" };

/** What stands under the board. */
export function below({ held, hidden, players, rows }, { correcting, privacy }) {
  if (held) return correcting ? "Points are being corrected" : "Standings are held back";
  if (privacy === "near" || privacy === "own") return ALONE[privacy];
  const more = players - hidden - rows.length;
  return more > 0 ? `and ${number(more)} more` : players ? "" : "Nobody is here yet";
}

export function waiting(player, players, waits) {
  if (waits) return NOT_YET;
  if (player) return `You are in, ${player.name}`;
  return players ? `${plural(players, "player is", "players are")} in` : "";
}
