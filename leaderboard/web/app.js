/**
 * The page: a view of the newest state, board and you. Nothing is remembered that the server does not say, except one's
 * token (in sessionStorage: a reload goes on, another tab is somebody else), what one is about to choose, and the order of
 * the board when the question opened, which its arrows compare with.
 */

import { Board } from "./board.js";
import { $, count, number, ordinal, plural, put } from "./dom.js";
import { connect, join } from "./leaderboard.js";
import { answered, choiceOf, Clock, fit, podium, Question } from "./question.js";

const WORDS = {
  TOO_LATE: "Too late, the question was closed",
  NOT_OPEN: "Too late, the quiz has gone on",
  MOVED_ON: "Too late, the quiz has gone on",
  STARTED_OVER: "The quiz has started over",
  BAD_CHOICE: "The question does not offer this choice",
  BAD_NAME: "A name has 1 to 32 letters",
  FINISHED: "The quiz is finished, nobody can join any more",
  NO_SUCH_QUIZ: "There is no quiz with this code",
  NO_SUCH_PLAYER: "The quiz does not know you any more. Join again",
  UNREACHABLE: "The server cannot be reached. Try again",
  BUSY: "The server is busy. Try again",
  INTERNAL_ERROR: "Something went wrong on the server. Try again",
};
const inWords = ({ code, detail, message }) => WORDS[code] ?? detail ?? message;

const ENDED = {
  4404: ["There is no quiz with this code", "Have another look at the screen: eight letters and digits."],
  1009: ["The connection has ended", "The server could not read what this page sent."],
};
const ENDED_SOMEHOW = ["The connection has ended", "The server will not talk to this page any more."];

const quiz = tidy(new URLSearchParams(location.search).get("quiz") ?? "");
const tokenKey = `leaderboard:${quiz}`;

const board = new Board($("board"));
const tiles = new Question(choose);
const clock = new Clock(() => live.serverNow(), announce);

let live;
let order = {}; // {opened_at, ranks}: who stood where when the question opened
let draft = {}; // {opened_at, question, chosen, sent, refusal}: what one is about to answer, until the server knows
let drawing = 0;
const done = {}; // what was last done for which values

function start() {
  document.body.dataset.view = quiz ? "connecting" : "entry";
  if (!quiz) return $("code").focus();
  for (const node of document.querySelectorAll(".host")) put(node, location.host);
  for (const node of document.querySelectorAll(".code")) put(node, `${quiz.slice(0, 4)} ${quiz.slice(4)}`);
  enter();
}

/** Connect as whoever the token says, or to watch. */
function enter() {
  const [before, entered] = [live, connect({ quiz, token: sessionStorage.getItem(tokenKey) })];
  live = entered;
  before?.close();
  const on = (name, act) => live.addEventListener(name, ({ detail }) => entered === live && act(detail));
  on("welcome", welcome);
  on("status", connection);
  for (const name of ["state", "board"]) on(name, () => (note(), draw()));
  on("you", draw);
}

function welcome() {
  const first = document.body.dataset.view !== "quiz";
  Object.assign(document.body.dataset, { view: "quiz", role: live.role });
  if (first && location.hash === "#join" && live.role === "spectator") $("name").focus();
}

function connection({ status, code }) {
  if (status === "ended" && code === 4401) return forget();
  if (status === "ended") return end(code);
  const known = document.body.dataset.view === "quiz";
  put($("line"), status === "online" ? "" : known ? "Reconnecting" : "The server cannot be reached, trying again");
  draw();
}

/** The token is of no use: go on as a spectator. */
function forget() {
  sessionStorage.removeItem(tokenKey);
  put($("refused"), WORDS.NO_SUCH_PLAYER);
  enter();
}

function end(code) {
  const [why, hint] = ENDED[code] ?? ENDED_SOMEHOW;
  document.body.dataset.view = "ended";
  put($("line"), "");
  put($("why"), why);
  put($("hint"), hint);
}

/** Keep the order of the board from when the question opened: that of the last board that is not newer. */
function note() {
  const { state, board } = live;
  if (state.opened_at !== order.opened_at) order = { opened_at: state.opened_at, ranks: null };
  if (state.phase !== "question" || board.epoch !== state.epoch || board.version > state.version) return;
  const anyPoints = board.rows.some(({ points }) => points); // before that, the order means nothing
  order.ranks = anyPoints ? new Map(board.rows.map(({ id, rank }) => [id, rank])) : null;
}

/** Draw once a frame, however many messages come. */
function draw() {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    if (document.body.dataset.view === "quiz" && live.state) view(live);
  });
}

function once(what, values, act) {
  const key = values.join();
  if (done[what] !== key) act();
  done[what] = key;
}

function view({ state, board: { players, online, rows, answered: count, version }, player }) {
  const { phase } = state;
  document.body.dataset.phase = phase;
  heading(state, players, online);
  board.show(rows, player?.id, phase === "question" || phase === "closed" ? order.ranks : null);
  put($("more"), players > rows.length ? `and ${number(players - rows.length)} more` : players ? "" : "Nobody is here yet");
  clock.show(state);
  if (state.question) ask(state);
  put($("answered"), answered(count, players));
  if (phase === "lobby") put($("waiting"), waiting(player, players));
  if (phase === "finished") podium(rows);
  if (player) place(rows, version);
  once("scroll", [phase, state.question?.number], () => scrollTo({ top: 0 }));
}

function heading({ title, phase, questions, question }, players, online) {
  put($("title"), title);
  document.title = title;
  const about = phase === "finished" ? "Finished" : plural(questions, "question");
  const where = question ? `Question ${question.number + 1} of ${questions}` : about;
  put($("meta"), `${where} · ${plural(players, "player")}, ${number(online)} online`);
}

function waiting(player, players) {
  if (player) return `You are in, ${player.name}. The quiz starts soon.`;
  return players ? `${plural(players, "player is", "players are")} in. The quiz starts soon.` : "The quiz starts soon.";
}

/** What one has chosen and how far that got: "" (nothing yet), "picking", "waiting", "sent" or "kept". */
function own({ phase, opened_at, question }) {
  const playing = live.role === "player";
  const answer = live.you?.answer;
  if (answer?.question === question.number) return { playing, open: false, chosen: answer.choice, step: "kept", answer };
  if (draft.opened_at !== opened_at) draft = { opened_at, question: question.number, chosen: [], sent: false };
  const { chosen, sent, refusal } = draft;
  const step = !sent ? chosen.length ? "picking" : "" : live.status === "online" ? "sent" : "waiting";
  return { playing, open: playing && phase === "question" && !sent, chosen, step, refusal };
}

function ask(state) {
  const { phase, question } = state;
  const mine = own(state);
  tiles.show(state, mine);
  $("send").hidden = !(mine.open && question.several && mine.chosen.length);
  const [tone, text] = mine.playing ? remark(state, mine) : ["", ""];
  $("note").dataset.tone = tone;
  put($("note"), text);
  once("fit", [question.number, phase, mine.step, text, innerWidth, innerHeight], fit);
}

/** The one sentence under the choices. */
function remark({ question, key }, { answer, refusal, step, open }) {
  if (key && answer) {
    const right = key.answer.length === answer.choice.length && key.answer.every((n) => answer.choice.includes(n));
    const partly = answer.choice.some((n) => key.answer.includes(n));
    return right ? ["good", `✓ Right, +${number(answer.points)}`] : ["bad", partly ? "✗ Not all of it this time" : "✗ Not this time"];
  }
  if (refusal) return ["bad", refusal];
  if (key) return ["", step === "waiting" ? "Your answer is waiting to be sent" : "No answer this time"];
  return ["", open && question.several ? "Choose all that are right" : ""];
}

function choose(n) {
  const { question, phase } = live.state ?? {};
  if (phase !== "question" || n >= question.choices.length || !own(live.state).open) return;
  draft.refusal = "";
  if (!question.several) draft.chosen = [n];
  else draft.chosen = draft.chosen.includes(n) ? draft.chosen.filter((it) => it !== n) : [...draft.chosen, n].sort();
  if (question.several) draw();
  else send();
}

function send() {
  const mine = draft;
  if (!mine.chosen?.length || !own(live.state).open) return;
  mine.sent = true;
  const settle = (refusal) => (Object.assign(mine, { sent: false, refusal, chosen: [] }), draw());
  live.answer(mine.question, mine.chosen).then(
    () => (say("Kept"), settle("")),
    (refusal) => settle(inWords(refusal)),
  );
  draw();
}

/** One's own place: from the board if that is newer and one is on it, else from what one was told. */
function place(rows, version) {
  const row = rows.find(({ id }) => id === live.player.id);
  const { points, rank } = row && version >= live.you.version ? row : live.you;
  put($("rank"), rank ? ordinal(rank) : "–");
  put($("me"), live.player.name);
  put($("gap"), live.state.phase === "lobby" ? "You are in" : gap(rows, points, rank));
  count($("points"), points);
}

/** How far the next one is, if the board shows that. */
function gap(rows, points, rank) {
  const at = (place) => rows.find((row) => row.rank === place);
  const other = at(rank === 1 ? 2 : rank - 1);
  const distance = other ? Math.abs(other.points - points) : 0;
  if (!other || (rank > 1 ? other.points < points : other.points > points) || (!points && !other.points)) return "";
  if (!distance) return `level with ${other.name}`;
  return `${number(distance)} ${rank === 1 ? "ahead of" : "behind"} ${other.name}`;
}

/** Time, for those who do not see the bar: at half and at five seconds. */
function announce(seconds, total) {
  if (live.role === "player" && (seconds === 5 || seconds === Math.round(total / 2))) say(`${seconds} seconds left`);
}

const say = (text) => put($("say"), text);

/** As people write codes: any case, with spaces or dashes. */
function tidy(code) {
  return code.toUpperCase().replace(/[^0-9A-Z]/g, "");
}

$("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = tidy($("code").value);
  if (code.length !== 8) return put($("wrong"), "A code has eight letters and digits");
  location.assign(`/?quiz=${code}${event.submitter?.value === "watch" ? "" : "#join"}`);
});

$("join").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter ?? {};
  button.disabled = true; // a second press would make a second player
  try {
    sessionStorage.setItem(tokenKey, (await join(quiz, $("name").value)).token);
    put($("refused"), "");
    enter();
  } catch (refusal) {
    put($("refused"), inWords(refusal));
  }
  button.disabled = false;
});

$("send").addEventListener("click", send);
addEventListener("resize", () => live && draw());

addEventListener("keydown", (event) => {
  if (event.target.closest?.("input") || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !live) return;
  const n = choiceOf(event.key);
  if (n >= 0) choose(n);
  else if (event.key === "Enter" && event.target === document.body) send();
});

start();
