/** Being in a quiz: which screen the newest state asks for, and what stands around all of them. */

import { html, useEffect, useRef, useSignal } from "../html.js";
import { t } from "../language.js";
import { choiceOf } from "../parts/choices.js";
import { useNow } from "../parts/clock.js";
import { say } from "../parts/frame.js";
import { keyOf } from "../parts/pacing.js";
import { chime } from "./chime.js";
import { Standings } from "./closed.js";
import { Lobby } from "./lobby.js";
import { Place } from "./place.js";
import { Question, Time } from "./question.js";
import { Turn } from "./turn.js";
import { coming, where } from "./words.js";

const NOTICE_MS = 8_000;
const AGAIN_MS = 2_000;

/** Something that is fetched when it is needed. */
function Later({ from, name, ...props }) {
  const found = useSignal(null);
  useEffect(() => {
    let timer = 0;
    const get = () => from().then((module) => (found.value = module[name]), () => (timer = setTimeout(get, AGAIN_MS)));
    get();
    return () => clearTimeout(timer);
  }, []);
  return found.value && html`<${found.value} ...${props} />`;
}

const LATER = {
  pace: () => import("./pace.js"),
  finish: () => import("./finish.js"),
  why: () => import("./why.js"),
  menu: () => import("./menu.js"),
};

export function Game({ room, quiz, token, other }) {
  const turn = useRef(null);
  turn.current ??= new Turn(room);
  const above = useSignal(""); // the window above the page
  useTime(room);
  const now = turn.current.seen();
  const before = useRanks(room);
  const notice = useCorrections(room);
  useKeys(turn.current);
  useChimes(room);
  useEffect(() => void (document.title = now.title), [now.title]);
  const props = { room, quiz, token, turn: turn.current, now, before, other };
  const close = () => (above.value = "");
  return html`<div class="game" data-phase=${now.phase} data-paused=${now.paused_at > 0} data-waits=${Boolean(room.you.value.waiting)}>
    <header class="top"><${Head} room=${room} now=${now} open=${() => (above.value = "menu")} /></header>
    <p class="notice" role="status">${notice || turn.current.missed.value}</p>
    <main><${Screen} ...${props} /></main>
    ${now.phase !== "lobby" && html`<footer><${Place} room=${room} now=${now} open=${() => (above.value = "why")} tell=${say} /></footer>`}
    ${above.value && html`<${Later} key=${above.value} from=${LATER[above.value]} name=${above.value === "why" ? "Why" : "Menu"} close=${close} ...${props} />`}
  </div>`;
}

function Screen(props) {
  const { now } = props;
  if (now.phase === "lobby") return html`<${Lobby} ...${props} />`;
  if (now.question) return html`<${Question} ...${props} />`;
  if (now.phase === "running") return html`<${Later} key="pace" from=${LATER.pace} name="Pace" ...${props} />`;
  if (now.phase === "finished") return html`<${Later} key="finish" from=${LATER.finish} name="Finish" ...${props} />`;
  return html`<h1 dir="auto">${now.title}</h1><${Standings} room=${props.room} now=${now} most=${100} />`;
}

function Head({ room, now, open }) {
  const { name } = room.player.value;
  const at = now.question && where(now);
  return html`<button type="button" class="who card" aria-haspopup="dialog" aria-label=${t("menu", { name })} onClick=${open}><bdi>${name}</bdi> <span aria-hidden="true">⋯</span></button>
    <p class="second meta">${at && html`<span class="unseen">${t("question")} </span>${at}`} <${Moment} room=${room} now=${now} /></p>`;
}

function Moment({ room, now }) {
  if (now.phase === "question") return html`<span class="sep">·</span> ${room.you.value.closes_at && html`${t("extra")} `}<${Time} room=${room} now=${now} />`;
  if (now.phase === "played" && !room.you.value.answer) return html`<span class="sep">·</span> ${t("time.up")}`;
  if (now.phase === "closed") return html`<${Coming} room=${room} now=${now} />`;
  return null;
}

/** What moves without a message. */
function Coming({ room, now }) {
  const time = useNow(room, now.next_at > 0, 250);
  const text = coming(now, time.value);
  return text && html`<span class="sep">·</span> ${text}`;
}

/** Draw anew when an own question is over, of which no message tells. */
function useTime(room) {
  const own = room.you.value?.own;
  const over = useSignal("");
  useEffect(() => {
    if (!own) return undefined;
    const timer = setInterval(() => room.now() >= own.closes_at && (over.value = own.closes_at), 200);
    return () => clearInterval(timer);
  }, [own?.closes_at]);
  return over.value;
}

/** Who stood where when the question opened, which arrows compare with: from the last board that is not newer. */
function useRanks(room) {
  const kept = useRef({});
  const [state, board] = [room.state.value, room.board.value];
  const key = keyOf(state);
  if (kept.current.key !== key) kept.current = { key };
  if (state.phase === "question" && board.epoch === state.epoch && board.version <= state.version) {
    const any = board.rows.some(({ points }) => points); // before that, the order means nothing
    kept.current.ranks = any ? new Map(board.rows.map(({ id, rank }) => [id, rank])) : undefined;
  }
  return kept.current.ranks;
}

/** Tell of a correction once; not of one that was made before this page was there. */
function useCorrections(room) {
  const told = useRef(null);
  const notice = useSignal("");
  const { epoch, correction } = room.state.value;
  useEffect(() => {
    const number = correction?.number ?? 0;
    const here = room.now() - performance.now();
    const news = told.current?.epoch === epoch ? number > told.current.number : number && correction.at >= here;
    told.current = { epoch, number };
    if (!news || correction.kind === "skip") return undefined;
    notice.value = t("corrected", { reason: correction.reason });
    const timer = setTimeout(() => (notice.value = ""), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [epoch, correction?.number]);
  return notice.value;
}

function useChimes(room) {
  const { phase, question } = room.state.value;
  useEffect(() => chime({ question: "opened", closed: "closed", finished: "won" }[phase] ?? "joined"), [phase, question?.number]);
}

const OTHERS = "input, select, textarea, dialog, summary";

/** 1–8 and A–H choose, Enter goes on. */
function useKeys(turn) {
  useEffect(() => {
    const press = (event) => {
      if (event.target.closest?.(OTHERS) || event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open]")) return;
      const n = choiceOf(event.key);
      if (n >= 0) return turn.choose(n);
      if (event.key !== "Enter" || !(event.target === document.body || event.target.ariaDisabled === "true")) return;
      const { phase, pacing } = turn.seen();
      if (phase === "played" || (phase === "running" && pacing === "self")) turn.next();
      else turn.send();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [turn]);
}
