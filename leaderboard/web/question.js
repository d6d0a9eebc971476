/** The question, its choices and its clock. */

import { $, el, fade, number, plural, put } from "./dom.js";

const LETTERS = "ABCDEFGH";
const MARKS = { kept: "kept ✓", sent: "sent", waiting: "waiting to send" };

/** Long texts get smaller type: [longest that still fits, its name in the style sheet]. */
const SIZES = [[70, "short"], [160, "medium"], [320, "long"], [Infinity, "longest"]];
const size = (length) => SIZES.find(([most]) => length <= most)[1];

/** Which choice a key stands for: 1–8 or A–H; -1 if none. */
export function choiceOf(key) {
  const digit = "12345678".indexOf(key);
  return digit >= 0 || key.length > 1 ? digit : LETTERS.indexOf(key.toUpperCase());
}

export class Question {
  #shown = ""; // what the tiles were made for
  #tiles = [];

  constructor(choose) {
    $("choices").addEventListener("click", ({ target }) => {
      const n = this.#tiles.findIndex((tile) => tile.contains(target));
      if (n >= 0) choose(n);
    });
  }

  /**
   * @param state as in the protocol, with a question
   * @param {{playing: boolean, open: boolean, chosen: number[], step: string}} own what one has chosen, and how far that got
   */
  show({ epoch, question, key }, own) {
    const wanted = [epoch, question.number, own.playing].join();
    if (wanted !== this.#shown) this.#build(question, own.playing);
    this.#shown = wanted;
    this.#tiles.forEach((tile, n) => mark(tile, look(n, key?.answer, own), own.open));
  }

  #build({ text, choices }, playing) {
    put($("text"), text);
    $("text").dataset.size = size(text.length);
    this.#tiles = choices.map((choice, n) => create(choice, LETTERS[n], playing));
    $("choices").replaceChildren(...this.#tiles);
    $("choices").dataset.size = size(3 * Math.max(...choices.map(({ length }) => length)));
    fade($("ask"));
  }
}

function create(text, letter, playing) {
  const words = el("span", "words", text);
  words.dir = "auto";
  const tile = el(playing ? "button" : "div", "choice", el("i", "shape"), el("b", "letter", letter), words, el("span", "mark"));
  if (playing) tile.type = "button";
  return tile;
}

/** How one choice looks: once the key is known, right ones are lit and the others step back. */
function look(n, answer, { chosen, step }) {
  const mine = chosen.includes(n);
  if (!answer) return { mine, mark: (mine && MARKS[step]) || "" };
  const right = answer.includes(n);
  const missed = right && !mine && chosen.length > 0 && answer.length > 1;
  return { mine, right, dim: !right, mark: missed ? "missed ✓" : right ? "right ✓" : mine ? "yours" : "" };
}

function mark(tile, { mine, right = false, dim = false, mark }, open) {
  tile.classList.toggle("mine", mine);
  tile.classList.toggle("right", right);
  tile.classList.toggle("dim", dim);
  put(tile.lastChild, mark);
  if (tile.tagName !== "BUTTON") return;
  tile.setAttribute("aria-pressed", mine);
  tile.setAttribute("aria-disabled", !open);
}

/** The time that is left, by the server's clock. */
export class Clock {
  #timer = 0;
  #run = "";
  #bar = null;

  /** @param now the server's time, a function  @param {(seconds: number) => void} tell called once a second */
  constructor(now, tell) {
    this.now = now;
    this.tell = tell;
  }

  show({ phase, opened_at, closes_at }) {
    const run = [phase, opened_at, closes_at].join();
    if (run === this.#run) return;
    this.#run = run;
    clearInterval(this.#timer);
    this.#bar?.cancel();
    $("clock").classList.toggle("over", phase !== "question");
    $("clock").classList.remove("soon");
    if (phase !== "question") return put($("left"), phase === "closed" ? "Closed" : "");
    this.#start(opened_at, closes_at);
  }

  #start(opened_at, closes_at) {
    const total = closes_at - opened_at;
    const steps = matchMedia("(prefers-reduced-motion: reduce)").matches ? `steps(${Math.ceil(total / 1000)})` : "linear";
    this.#bar = $("bar").animate({ transform: ["none", "scaleX(0)"] }, { duration: total, fill: "both", easing: steps });
    const tick = () => this.#tick(total, closes_at - this.now());
    this.#timer = setInterval(tick, 200);
    tick();
  }

  #tick(total, left_ms) {
    // The estimate of the server's time gets better: follow it, without a visible jump.
    const drift = total - left_ms - this.#bar.currentTime;
    if (Math.abs(drift) > 50) this.#bar.currentTime += drift;
    const seconds = Math.max(0, Math.ceil(left_ms / 1000));
    const text = seconds ? `${duration(seconds)} left` : "Time is up";
    if ($("left").textContent === text) return;
    put($("left"), text);
    $("clock").classList.toggle("soon", seconds <= 5);
    this.tell(seconds, Math.round(total / 1000));
  }
}

const duration = (s) => (s < 100 ? `${s} s` : `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`);

const wide = matchMedia("(width >= 56rem)");

/** The largest type with which the question fits: on wide screens only the board may scroll. Words break as a last resort. */
export function fit() {
  const ask = $("ask");
  ask.classList.remove("crowded");
  if (fitDownTo(70)) return;
  ask.classList.add("crowded");
  fitDownTo(50);
}

function fitDownTo(least) {
  const boxes = [$("stage"), ...$("choices").children];
  const fits = (box) => box.scrollHeight <= box.clientHeight && box.scrollWidth <= box.clientWidth;
  for (let percent = wide.matches ? 130 : 100; percent >= least; percent -= 5) {
    $("ask").style.fontSize = `${percent}%`;
    if (boxes.every(fits)) return true;
  }
  return false;
}

export const answered = (count, players) => `${number(count)} of ${number(players)} answered`;

/** The first three, the winner in the middle. */
export function podium(rows) {
  const step = (row) => {
    const name = el("bdi", "name", row.name);
    return el("div", `step place${row.rank}`, name, el("span", "points", plural(row.points, "point")), el("b", "", String(row.rank)));
  };
  const wanted = JSON.stringify(rows.slice(0, 3));
  if ($("podium").dataset.shown === wanted) return;
  $("podium").dataset.shown = wanted;
  $("podium").replaceChildren(...rows.slice(0, 3).map(step));
  fade($("podium"));
}
