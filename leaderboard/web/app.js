/**
 * The page: a view of the newest state, board and you. Nothing is remembered that the server does not say, except one's
 * token (in sessionStorage: a reload goes on, another tab is somebody else), what one is about to choose, the correction
 * one was told of last, and the order of the board when the question opened, which its arrows compare with.
 */

import { Board } from "./board.js";
import { $, count, number, ordinal, plural, put } from "./dom.js";
import { hush } from "./media.js";
import { connect, join, Refusal } from "./sdk/leaderboard.js";
import { choiceOf, Clock, complete, fit, pick, podium, Question, readNumber, same, sendsOnTap } from "./question.js";
import { answered, begin, below, brought, coming, ended, gap, gave, hint, inWords, moved, NOT_YET, pace, stillHidden, waiting } from "./words.js";

const NOTICE_MS = 8_000;
const EVENT_MS = 5_000;
const REPLY_WITHIN_MS = 10_000;
const USELESS = new Set([4401, 4403]); // the token: nobody knows it, or the host has removed whoever had it

const quiz = tidy(new URLSearchParams(location.search).get("quiz") ?? "");
const tokenKey = `leaderboard:${quiz}`;

const [board, teams] = [new Board($("board")), new Board($("teams"))];
const tiles = new Question(choose, write);
const clock = new Clock(() => live.serverNow(), announce);

let live;
let order = {}; // {key, ranks}: who stood where when the question opened
let draft = {}; // {key, question, chosen, sent, refusal}: what one is about to answer, until the server knows
let turn = {}; // {asking, refusal}: of the next question, with self pacing
let told; // {epoch, number}: the correction that one was told of last
let notice = "";
let telling = 0;
let event = ""; // what has just happened to one's place
let passing = 0;
let drawing = 0;
const done = {}; // what was last done for which values

function start() {
  document.body.dataset.view = quiz ? "connecting" : "entry";
  if (!quiz) return $("code").focus();
  for (const node of document.querySelectorAll(".host")) put(node, location.host);
  setInterval(countdown, 250);
  enter();
}

/** Connect as whoever the token says, or to watch. */
function enter() {
  [draft, turn, event] = [{}, {}, ""]; // they were of whoever one was before
  const [before, entered] = [live, connect({ quiz, token: sessionStorage.getItem(tokenKey) })];
  live = entered;
  before?.close();
  const on = (name, act) => live.addEventListener(name, ({ detail }) => entered === live && act(detail));
  on("welcome", welcome);
  on("status", connection);
  for (const name of ["state", "board"]) on(name, () => (note(), draw()));
  on("you", (you) => (happened(you), draw()));
}

function welcome() {
  const first = document.body.dataset.view !== "quiz";
  Object.assign(document.body.dataset, { view: "quiz", role: live.role });
  if (first && location.hash === "#join" && live.role === "spectator") $("name").focus();
}

function connection({ status, code }) {
  if (status === "ended" && USELESS.has(code)) sessionStorage.removeItem(tokenKey);
  if (status === "ended" && code === 4401) return forget();
  if (status === "ended") return end(code);
  line();
  draw();
}

/** The thin line above everything: the connection if it is lost, else what there is to tell. */
function line() {
  const known = document.body.dataset.view === "quiz";
  const lost = known ? "Reconnecting" : "The server cannot be reached, trying again";
  put($("line"), live.status === "offline" ? lost : notice);
}

function tell(text) {
  notice = text;
  line();
  clearTimeout(telling);
  telling = setTimeout(() => ((notice = ""), line()), NOTICE_MS);
}

/** Say beside one's place what has happened to it. */
function happened(you) {
  if (!you?.moves) return;
  event = moved(you);
  say(event);
  clearTimeout(passing);
  passing = setTimeout(() => ((event = ""), draw()), EVENT_MS);
}

/** Nobody knows the token: go on as a spectator, who may join. */
function forget() {
  put($("refused"), inWords({ code: "NO_SUCH_PLAYER" }));
  enter();
}

function end(code) {
  const [why, what] = ended(code);
  document.body.dataset.view = "ended";
  put($("line"), "");
  put($("why"), why);
  put($("hint"), what);
  $("again").hidden = code !== 4409;
}

/** Keep the order of the board from when the question opened: that of the last board that is not newer. */
function note() {
  const { state, board } = live;
  const key = keyOf(state);
  if (key !== order.key) order = { key, ranks: null };
  if (state.phase !== "question" || board.epoch !== state.epoch || board.version > state.version) return;
  const anyPoints = board.rows.some(({ points }) => points); // before that, the order means nothing
  order.ranks = anyPoints ? new Map(board.rows.map(({ id, rank }) => [id, rank])) : null;
}

/** Times move when the clock was stopped; the epoch and the number of a question stay. */
const keyOf = ({ epoch, question }) => `${epoch} ${question?.number}`;

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

/** The state as this page shows it: one may have extra time; with self pacing one's own question stands for everybody's. */
function seen() {
  const { state, you } = live;
  if (state?.phase === "lobby" && !state.questions) return { ...state, phase: "board" }; // only what other programs send
  if (state?.phase === "question" && you?.closes_at) return { ...state, closes_at: you.closes_at };
  if (state?.phase !== "running" || !you?.own) return state;
  const kept = state.reanswer === "never" && you.answer?.question === you.own.question.number;
  return { ...state, ...you.own, phase: kept || live.serverNow() >= you.own.closes_at ? "played" : "question" };
}

function view({ state, board: shown, player, role }) {
  const now = seen();
  const { phase } = now;
  const waits = Boolean(live.you?.waiting);
  $("name").hidden = !($("name").required = state.names === "own");
  Object.assign(document.body.dataset, { phase, locked: state.locked, paused: state.paused_at > 0, waits });
  const compared = !live.you?.near && (state.phase === "question" || phase === "closed");
  heading(now, shown);
  board.show(live.you?.near ?? shown.rows, ownId(), compared ? order.ranks : null);
  const ownTeam = shown.rows.find(({ id }) => id === ownId())?.team;
  teams.show((shown.teams ?? []).map((row) => ({ ...row, online: true })), ownTeam);
  put($("hidden"), shown.hidden ? stillHidden(shown.hidden) : "");
  put($("more"), below(shown, state));
  clock.show(now);
  if (now.question) ask(now, shown);
  else hush();
  countdown();
  if (phase === "lobby") put($("waiting"), waiting(player, shown.players, waits));
  if (phase === "running") put($("until"), turn.refusal || pace(state, role === "player", waits, live.you?.answer));
  put($("begin"), begin(state, live.you?.box));
  $("begin").disabled = waits;
  if (phase === "finished") podium(shown, state.frozen);
  if (player) place(shown);
  corrected(state);
  once("scroll", [phase === "played" || phase, now.question?.number], () => scrollTo({ top: 0 }));
}

/** The ID that one has on the board. */
const ownId = () => live.you?.alias?.id ?? live.player?.id;

function heading({ title, phase, pacing, questions, question, pin }, { players, online }) {
  for (const node of document.querySelectorAll(".code")) put(node, spaced(pin ?? quiz));
  put($("title"), title);
  document.title = title;
  const about = phase === "finished" ? "Finished" : questions ? plural(questions, "question") : "Leaderboard";
  const of = pacing === "draw" ? "" : ` of ${questions}`; // there the number is not how far one has come
  const where = question ? `Question ${question.number + 1}${of}` : about;
  put($("meta"), `${where} · ${plural(players, "player")}, ${number(online)} online`);
}

/** What moves without a message. */
function countdown() {
  const { state } = live ?? {};
  if (!state) return;
  if (state.phase === "lobby") put($("soon"), state.questions ? coming(state, live.serverNow()) : "");
  if (state.phase === "closed") put($("left"), coming(state, live.serverNow()));
}

/** Tell of a correction once; not of one that was made before this page was there. */
function corrected({ epoch, correction }) {
  const number = correction?.number ?? 0;
  const here = live.serverNow() - performance.now();
  const news = told?.epoch === epoch ? number > told.number : number && correction.at >= here;
  told = { epoch, number };
  if (news && correction.kind !== "skip") tell(`Points were corrected: ${correction.reason}`);
}

/**
 * What one has chosen and how far that got: "" (nothing yet), "picking", "waiting", "sent" or "kept". `answer` is the one
 * that the server has; while answers can be changed, one may be picking another.
 */
function own(now) {
  const { phase, question, reanswer, paused_at } = now;
  const playing = live.role === "player";
  if (draft.key !== keyOf(now)) draft = { key: keyOf(now), question: question.number, chosen: null, sent: false, refusal: "" };
  const { sent, refusal } = draft;
  const answer = live.you?.answer?.question === question.number ? live.you.answer : null;
  const may = playing && phase === "question" && !sent && (!answer || reanswer !== "never");
  const chosen = may || sent ? draft.chosen : null;
  const step = sent ? (live.status === "online" ? "sent" : "waiting") : chosen ? "picking" : answer ? "kept" : "";
  return { playing, open: may && !paused_at && !live.you.waiting, answer, chosen: chosen ?? answer?.choice ?? [], step, refusal };
}

function ask(now, { answered: count, players }) {
  const mine = own(now);
  const { question, phase } = now;
  tiles.show(now, mine, count);
  $("send").hidden = !(mine.open && mine.step === "picking" && complete(question, mine.chosen));
  onward(now, mine);
  put($("answered"), answered(now, count, players));
  if (phase === "played") put($("left"), mine.answer ? "" : "Time is up");
  const [tone, text, more = ""] = mine.playing ? remark(now, mine) : ["", ""];
  $("note").dataset.tone = tone;
  put($("note"), text);
  put($("detail"), more);
  put($("explanation"), now.key?.explanation ?? "");
  once("fit", [keyOf(now), phase, mine.step, text, more, $("key").textContent, innerWidth, innerHeight], fit);
}

const isLast = ({ pacing, question, questions }) => pacing === "self" && question.number + 1 >= questions;

const OWN_PACE = new Set(["self", "draw"]);

/** With one's own pace: the button to the next question. With self pacing who does not know the answer may pass. */
function onward(now, { playing, answer, step }) {
  const over = answer || now.phase === "played";
  $("next").hidden = !OWN_PACE.has(now.pacing) || !playing || isLast(now) || (now.pacing === "draw" && !over);
  put($("next"), over ? "Next question" : "Skip");
  $("next").classList.toggle("plain", !over);
  $("next").disabled = turn.asking || live.you?.waiting || step === "sent" || step === "waiting";
}

/** What there is to say to a player: [tone, text, further]. */
function remark(now, mine) {
  if (live.you.waiting) return ["", NOT_YET];
  if (mine.refusal || turn.refusal) return ["bad", mine.refusal || turn.refusal];
  if (now.key) return brought(now, mine, live.you.result);
  if (!OWN_PACE.has(now.pacing) || (now.phase === "question" && mine.step !== "kept")) return hint(now, mine);
  return [...gave(now, mine), isLast(now) ? "You are through" : ""];
}

function choose(n) {
  const now = seen();
  if (!now?.question) return;
  const { open, chosen } = own(now);
  if (!open || n >= now.question.choices.length) return;
  draft.refusal = "";
  draft.chosen = pick(now.question.type, chosen, n);
  if (sendsOnTap(now.question.type)) send();
  else draw();
}

/** An answer in the player's own words, or digits. */
function write(text) {
  const now = seen();
  if (!own(now).open || !text.trim()) return;
  const value = now.question.type === "number" ? readNumber(text) : text.trim();
  draft.refusal = "";
  if (typeof value !== "string" && !Number.isFinite(value)) draft.refusal = "Write one number, such as 12.5 or 1200";
  else draft.chosen = [value];
  send();
}

function send() {
  const now = seen();
  const mine = draft;
  if (!now?.question || mine.key !== keyOf(now)) return;
  const { open, chosen, answer } = own(now);
  if (!open || !mine.chosen || !complete(now.question, chosen)) return draw();
  if (same(chosen, answer?.choice)) return (mine.chosen = null), draw(); // it is what the server has
  mine.sent = true;
  const settle = (refusal) => (Object.assign(mine, { sent: false, refusal, chosen: null }), draw());
  live.answer(mine.question, chosen).then(
    () => (say("Kept"), settle("")),
    (refusal) => settle(inWords(refusal)),
  );
  draw();
}

/** With one's own pace: on to the next question, or open the box that one has. */
function next() {
  if (turn.asking || live.role !== "player" || live.you.waiting || live.state?.phase !== "running") return;
  const settle = (refusal) => ((turn = { asking: false, refusal }), draw());
  turn = { asking: true, refusal: "" };
  live.draw(live.you.last ?? live.you.own?.question.number ?? -1).then(
    () => settle(""),
    (refusal) => settle(refusal.code === "MOVED_ON" ? "" : inWords(refusal)), // elsewhere one has gone on, and `you` tells where
  );
  draw();
}

/** One's own place: from the board if that is newer and one is on it, else from what one was told. */
function place(shown) {
  const { you, player, state } = live;
  const { rows, version, held } = shown;
  const row = held ? undefined : rows.find(({ id }) => id === ownId());
  const { points, rank } = row && version >= you.version ? row : you;
  const known = rank ?? row?.rank ?? null; // in the ceremony, from when one's row is shown
  const ahead = state.phase === "closed" ? you.result?.ahead : null;
  put($("rank"), known ? ordinal(known) : "–");
  put($("me"), you.alias ? `${player.name}, here ${you.alias.name}` : player.name);
  const lobby = state.phase === "lobby" && state.questions > 0 && "You are in";
  put($("gap"), you.waiting ? "You are not in yet" : lobby || event || gap({ ...shown, rows: you.near ?? rows }, points, known, ahead, you.next, state));
  count($("points"), points);
}

/** Time, for those who do not see the bar: at half and at five seconds. */
function announce(seconds, total) {
  if (!seconds) draw(); // an own question is over without a message
  if (live.role === "player" && (seconds === 5 || seconds === Math.round(total / 2))) say(`${seconds} seconds left`);
}

const say = (text) => put($("say"), text);

/** As people write codes: any case, with spaces or dashes. */
function tidy(code) {
  return code.toUpperCase().replace(/[^0-9A-Z]/g, "");
}

/** A code in two halves, as people read it. */
function spaced(code) {
  const half = code.length / 2;
  return `${code.slice(0, half)} ${code.slice(half)}`;
}

/** The ID of the quiz with this ID or PIN. Rejects with a `Refusal`. */
async function find(code) {
  if (!/^(\d{6}|\w{8})$/.test(code)) throw new Refusal("BAD_CODE", "");
  const address = code.length === 6 ? `/v1/codes/${code}` : `/v1/quizzes/${code}`;
  const response = await fetch(address, { signal: AbortSignal.timeout?.(REPLY_WITHIN_MS) }).catch(() => null);
  const body = await response?.json().catch(() => null);
  if (!response?.ok || !body) throw new Refusal(body?.code ?? "UNREACHABLE", body?.detail);
  return body.quiz ?? code;
}

/** Do what a form is for, once at a time, and say why if it is refused. */
function onSubmit(form, why, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const buttons = form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true; // a second press would make a second player
    put(why, await act(event.submitter).then(() => "", (refusal) => inWords(refusal, form.elements[0].value)));
    for (const button of buttons) button.disabled = false;
  });
}

onSubmit($("enter"), $("wrong"), async (button) => {
  const found = await find(tidy($("code").value));
  location.assign(`/?quiz=${found}${button?.value === "watch" ? "" : "#join"}`);
});

onSubmit($("join"), $("refused"), async () => {
  sessionStorage.setItem(tokenKey, (await join(quiz, $("name").value)).token);
  enter();
});

$("again").addEventListener("click", () => ((document.body.dataset.view = "connecting"), enter()));
$("send").addEventListener("click", send);
for (const name of ["begin", "next"]) $(name).addEventListener("click", next);
addEventListener("resize", () => live && draw());

addEventListener("keydown", (event) => {
  if (event.target.closest?.("input") || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !live) return;
  const n = choiceOf(event.key);
  if (n >= 0) return choose(n);
  if (event.key !== "Enter" || event.target !== document.body) return;
  if (["played", "running"].includes(seen()?.phase)) next();
  else send();
});

start();
