/** The choices of a question: colour, shape and letter, and how far an answer got. */

import { html } from "../html.js";
import { decimalComma, number, ordinal, t } from "../language.js";

export const LETTERS = "ABCDEFGH";

/** Long texts get smaller type: [longest that still fits, its name in the style sheet]. */
const SIZES = [[70, "short"], [160, "medium"], [320, "long"], [Infinity, "longest"]];
export const size = (length) => SIZES.find(([most]) => length <= most)[1];

/** Which choice a key stands for: 1–8 or A–H; -1 if none. */
export function choiceOf(key) {
  const digit = "12345678".indexOf(key);
  return digit >= 0 || key.length > 1 ? digit : LETTERS.indexOf(key.toUpperCase());
}

/** Whether a tap says all there is to say. */
export const sendsOnTap = (type) => ["one", "boolean", "poll"].includes(type);

/** Whether the answer is written. */
export const isWritten = (type) => type === "number" || type === "text";

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

/**
 * A number with a decimal point or comma, or NaN. "1,200" is none: it might be meant either way, so better ask;
 * where decimals follow a comma, "1.200" is none.
 * The digits may be those of an Arabic or a Persian keyboard.
 */
export function readNumber(text, comma = decimalComma()) {
  const latin = text.replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) & 15).replace("٫", ".");
  const plain = latin.replace(/[\s'’٬\u061c\u200e\u200f]/g, "").replace("−", "-");
  const grouped = comma ? /^[-+]?[1-9]\d{0,2}\.\d{3}$/ : /^[-+]?[1-9]\d{0,2},\d{3}$/;
  const whole = /^[-+]?(\d+([.,]\d*)?|[.,]\d+)$/.test(plain) && !grouped.test(plain);
  const value = whole ? Number(plain.replace(",", ".")) : NaN;
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : NaN;
}

const NOTHING = { chosen: [], step: "", open: false };

/**
 * @param question as in the protocol
 * @param solution the question's `key` once it is closed, else null
 * @param counts how often each place was chosen, or null
 * @param {number} answered how many have answered
 * @param own what one has chosen and how far that got: {chosen, step, open}; step "", "picking", "waiting", "sent" or "kept"
 * @param {(place: number) => void} [choose] without it the choices are only shown
 */
export function Choices({ question, solution, counts, answered = 0, own = NOTHING, choose, ...props }) {
  const { choices, type } = question;
  if (!choices.length) return null;
  const longest = Math.max(...choices.map(({ length }) => length));
  return html`<div class="choices" role="group" data-type=${type} data-size=${size(3 * longest)} ...${props}>
    ${choices.map((text, n) => {
      const spread = counts && type !== "order" ? counts[n] ?? 0 : null;
      const press = choose && (() => choose(n));
      return html`<${Choice} key=${n} n=${n} text=${text} count=${spread} of=${answered} press=${press} open=${own.open} ...${look(n, type, solution, own)} />`;
    })}
  </div>`;
}

function Choice({ n, text, count, of, press, open, mine, right, dim, mark }) {
  const classes = `choice c${n + 1}${mine ? " mine" : ""}${right ? " right" : ""}${dim ? " dim" : ""}`;
  const inside = html`<i class="shape" /><b class="letter">${LETTERS[n]}</b><span class="words" dir="auto">${text}</span>
    ${mark && html`<span class="mark">${mark}</span>`}${count !== null && html`<${Spread} count=${count} of=${of} />`}`;
  if (!press) return html`<div class=${classes}>${inside}</div>`;
  return html`<button type="button" class=${classes} aria-pressed=${Boolean(mine)} aria-disabled=${!open} onClick=${press}>${inside}</button>`;
}

/** How many chose it, as a number and as a bar. */
function Spread({ count, of }) {
  const share = count / Math.max(1, count, of);
  return html`<span class="count"><span aria-hidden="true">${number(count)}</span><span class="unseen">${t("answers", { n: count })}</span></span><i class="bar" style=${{ transform: `scaleX(${share})` }} />`;
}

/** How one choice looks: once the key is known, right ones are lit and the others step back. */
function look(n, type, solution, { chosen, step }) {
  const mine = chosen.includes(n);
  if (!solution) return { mine, mark: mine ? (type === "order" ? number(chosen.indexOf(n) + 1) : step && step !== "picking" && t(`step.${step}`)) : "" };
  if (solution.void || !solution.answer.length) return { mine, mark: mine && t("mark.yours") };
  if (type === "order") return placed(solution.answer.indexOf(n) + 1, chosen.indexOf(n) + 1);
  const right = solution.answer.includes(n);
  const missed = right && !mine && chosen.length > 0 && solution.answer.length > 1;
  return { mine, right, dim: !right, mark: missed ? t("mark.missed") : right ? t("mark.right") : mine && t("mark.yours") };
}

/** A choice that has a place in an order, and the one that the player has put there, or 0. */
function placed(place, mine) {
  const wrong = mine > 0 && mine !== place;
  const mark = wrong ? t("mark.placed", { place: ordinal(place), mine: ordinal(mine) }) : `${ordinal(place)}${mine ? " ✓" : ""}`;
  return { right: !wrong, dim: wrong, mark };
}
