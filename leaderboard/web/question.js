/** The question, its choices and its clock. */

import { $, duration, el, fade, number, ordinal, plural, put } from "./dom.js";
import { showMedia } from "./media.js";
import { MARKS, rightAnswer, stillHidden } from "./words.js";

const LETTERS = "ABCDEFGH";

/** Long texts get smaller type: [longest that still fits, its name in the style sheet]. */
const SIZES = [[70, "short"], [160, "medium"], [320, "long"], [Infinity, "longest"]];
const size = (length) => SIZES.find(([most]) => length <= most)[1];

/** Which choice a key stands for: 1–8 or A–H; -1 if none. */
export function choiceOf(key) {
  const digit = "12345678".indexOf(key);
  return digit >= 0 || key.length > 1 ? digit : LETTERS.indexOf(key.toUpperCase());
}

const TYPED = ["number", "text"];

/** Whether a tap says all there is to say. */
export const sendsOnTap = (type) => ["one", "boolean", "poll"].includes(type);

/** What is chosen after a tap on choice `n`: that one alone, or it is put to the others or taken from them. */
export function pick(type, chosen, n) {
  if (sendsOnTap(type)) return [n];
  const others = chosen.filter((it) => it !== n);
  const now = others.length < chosen.length ? others : [...chosen, n];
  return type === "order" ? now : now.sort();
}

/** Whether this can be sent. */
export const complete = ({ type, choices }, chosen) => chosen.length >= (type === "order" ? choices.length : 1);

export const same = (one, other) => one.join("\n") === other?.join("\n");

/** A number with a decimal point or comma, or NaN. "1,200" is none: it might be meant either way, so better ask. */
export function readNumber(text) {
  const plain = text.replace(/[\s'’]/g, "").replace("−", "-");
  const whole = /^[-+]?(\d+([.,]\d*)?|[.,]\d+)$/.test(plain) && !/^[-+]?[1-9]\d{0,2},\d{3}$/.test(plain);
  const value = whole ? Number(plain.replace(",", ".")) : NaN;
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : NaN;
}

export class Question {
  #shown = ""; // what the tiles were made for
  #written = ""; // the answer that was last put into the field
  #tiles = [];

  /** @param choose called with the place of a tile  @param write called with the text of the field */
  constructor(choose, write) {
    $("choices").addEventListener("click", ({ target }) => {
      const n = this.#tiles.findIndex((tile) => tile.contains(target));
      if (n >= 0) choose(n);
    });
    $("write").addEventListener("submit", (event) => {
      event.preventDefault();
      write($("words").value);
    });
  }

  /**
   * @param state as in the protocol, with a question
   * @param own what one has chosen, and how far that got: {playing, open, chosen, step}
   * @param {number} answered how many have answered
   */
  show(state, own, answered) {
    const { epoch, question, key, counts } = state;
    const wanted = [epoch, question.number, own.playing].join();
    if (wanted !== this.#shown) this.#build(question, own.playing);
    this.#shown = wanted;
    const typed = TYPED.includes(question.type);
    this.#tiles.forEach((tile, n) => {
      mark(tile, look(n, state, own), own.open);
      spread(tile, counts && question.type !== "order" ? counts[n] ?? 0 : null, answered);
    });
    $("write").hidden = !typed || !own.playing || (key && !own.chosen.length);
    put($("key"), typed && key && !key.void ? rightAnswer(key) : "");
    if (typed) this.#field(own);
  }

  #build(question, playing) {
    const { text, choices, type } = question;
    put($("text"), text);
    $("text").dataset.size = size(text.length);
    showMedia(question);
    this.#tiles = choices.map((choice, n) => create(choice, LETTERS[n], playing));
    $("choices").replaceChildren(...this.#tiles);
    $("choices").dataset.type = type;
    $("choices").dataset.size = size(3 * Math.max(0, ...choices.map(({ length }) => length)));
    this.#written = $("words").value = "";
    $("words").inputMode = type === "number" ? "decimal" : "text";
    $("words").placeholder = type === "number" ? "A number" : "Your answer";
    fade($("ask"));
  }

  /** What the server has stands in the field, until one writes something else. */
  #field({ open, chosen, step }) {
    const text = chosen.join();
    if (text && text !== this.#written) $("words").value = text;
    this.#written = text;
    $("words").readOnly = !open;
    if (!open) $("words").blur(); // the screen is wanted back, and so are the keys
    $("write").classList.toggle("kept", step === "kept");
    $("write").lastElementChild.hidden = !open;
  }
}

function create(text, letter, playing) {
  const words = el("span", "words", text);
  words.dir = "auto";
  const parts = [el("i", "shape"), el("b", "letter", letter), words, el("span", "count"), el("span", "mark"), el("i", "bar")];
  const tile = el(playing ? "button" : "div", "choice", ...parts);
  if (playing) tile.type = "button";
  return tile;
}

/** How one choice looks: once the key is known, right ones are lit and the others step back. */
function look(n, { question: { type }, key }, { chosen, step }) {
  const mine = chosen.includes(n);
  if (!key) return { mine, mark: mine ? (type === "order" ? String(chosen.indexOf(n) + 1) : MARKS[step] ?? "") : "" };
  if (key.void || !key.answer.length) return { mine, mark: mine ? "yours" : "" };
  if (type === "order") return placed(key.answer.indexOf(n) + 1, chosen.indexOf(n) + 1);
  const right = key.answer.includes(n);
  const missed = right && !mine && chosen.length > 0 && key.answer.length > 1;
  return { mine, right, dim: !right, mark: missed ? "missed ✓" : right ? "right ✓" : mine ? "yours" : "" };
}

/** A choice that has a place in an order, and the one that the player has put there, or 0. */
function placed(place, mine) {
  const wrong = mine > 0 && mine !== place;
  const beside = wrong ? `, yours ${ordinal(mine)}` : mine ? " ✓" : "";
  return { right: !wrong, dim: wrong, mark: ordinal(place) + beside };
}

function mark(tile, { mine = false, right = false, dim = false, mark }, open) {
  tile.classList.toggle("mine", mine);
  tile.classList.toggle("right", right);
  tile.classList.toggle("dim", dim);
  put(tile.querySelector(".mark"), mark);
  if (tile.tagName !== "BUTTON") return;
  tile.setAttribute("aria-pressed", mine);
  tile.setAttribute("aria-disabled", !open);
}

/** How many chose it, as a number and as a bar; null: that is not known yet. */
function spread(tile, count, answered) {
  const node = tile.querySelector(".count");
  const text = count === null ? "" : number(count);
  if (node.dataset.count !== text) node.replaceChildren(text, ...(text && [el("span", "unseen", count === 1 ? " answer" : " answers")]));
  node.dataset.count = text;
  tile.lastChild.style.transform = `scaleX(${count / Math.max(1, count, answered)})`;
}

/** The time that is left, by the server's clock. */
export class Clock {
  #timer = 0;
  #shown = "";
  #bar = null;

  /** @param now the server's time, a function  @param {(seconds: number) => void} tell called once a second */
  constructor(now, tell) {
    this.now = now;
    this.tell = tell;
  }

  show({ phase, opened_at, closes_at, paused_at }) {
    const shown = [phase, opened_at, closes_at, paused_at].join();
    if (shown === this.#shown) return;
    this.#shown = shown;
    clearInterval(this.#timer);
    this.#bar?.cancel();
    $("clock").classList.toggle("over", phase !== "question");
    $("clock").classList.remove("soon");
    if (phase !== "question") return;
    this.#draw(closes_at - opened_at);
    if (paused_at) this.#stand(paused_at - opened_at);
    else this.#run(closes_at - opened_at, closes_at);
  }

  #draw(total) {
    const steps = matchMedia("(prefers-reduced-motion: reduce)").matches ? `steps(${Math.ceil(total / 1000)})` : "linear";
    this.#bar = $("bar").animate({ transform: ["none", "scaleX(0)"] }, { duration: total, fill: "both", easing: steps });
  }

  #stand(ms) {
    this.#bar.pause();
    this.#bar.currentTime = ms;
    put($("left"), "Paused");
  }

  #run(total, closes_at) {
    put($("left"), ""); // so that the first tick speaks
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

/** The first three, the winner in the middle; or that they are not to be known yet. */
export function podium({ rows, held, hidden }, frozen) {
  const secret = hidden ? stillHidden(hidden) : held || frozen ? "The winners are still hidden" : "";
  const wanted = JSON.stringify([secret, rows.slice(0, 3)]);
  if ($("podium").dataset.shown === wanted) return;
  $("podium").dataset.shown = wanted;
  $("podium").replaceChildren(...(secret ? [el("p", "calm", secret)] : rows.slice(0, 3).map(step)));
  fade($("podium"));
}

function step(row) {
  const name = el("bdi", "name", row.name);
  return el("div", `step place${row.rank}`, name, el("span", "points", plural(row.points, "point")), el("b", "", String(row.rank)));
}
