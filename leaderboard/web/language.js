/**
 * What pages say, in the language of whoever reads it. The texts stand in flat JSON files, `languages/LANGUAGE/PART.json`;
 * a text with `{n}` in it has a form for each plural of its language: `players.one`, `players.other`.
 */

import { html } from "./html.js";
import { ofDevice } from "./parts/kept.js";

export const LANGUAGES = { en: "English", vi: "Tiếng Việt", de: "Deutsch", es: "Español", ar: "العربية" };
const RIGHT_TO_LEFT = new Set(["ar"]);
const CHOSEN = "leaderboard:language";
const RUNS_RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** The first language of these (as in `navigator.languages`) that there are texts in. */
const bestOf = (wanted) => wanted.map((tag) => tag.split("-")[0].toLowerCase()).find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? "en";

export const language = bestOf([new URLSearchParams(location.search).get("lang") ?? ofDevice.get(CHOSEN) ?? "", ...navigator.languages].filter(Boolean));
const A_TAG = /^[a-z]{2}(-[a-z0-9]{2,8})+$/i; // some systems have "en-US@posix", of which Intl knows nothing
const region = navigator.languages.find((tag) => tag.startsWith(`${language}-`) && A_TAG.test(tag)) ?? language;
export const rightToLeft = RIGHT_TO_LEFT.has(language);
document.documentElement.lang = language;
document.documentElement.dir = rightToLeft ? "rtl" : "ltr";

/** Speak another language from now on. The page begins anew: nothing is lost, for it shows what the server says. */
export function speak(other) {
  const address = new URL(location);
  if (ofDevice.set(CHOSEN, other)) address.searchParams.delete("lang");
  else address.searchParams.set("lang", other);
  if (address.href === location.href) location.reload();
  else location.replace(address);
}

const AGAIN_MS = 1_000;

let texts = new Map();
const ofPage = new Map();

/** Fetch a part of the texts. All languages have all of them: a test holds that. */
export async function part(name) {
  const reply = await fetch(`/web/languages/${language}/${name}.json`);
  if (!reply.ok) throw new Error(`${reply.status} for ${reply.url}`);
  return Object.entries(await reply.json());
}

const insist = (name) => part(name).catch(() => new Promise((again) => setTimeout(again, AGAIN_MS)).then(() => insist(name)));

/** Fetch these parts, which hold for the whole page, however often that takes: without words there is none. */
export async function load(...parts) {
  for (const found of await Promise.all(parts.map(insist))) for (const [key, text] of found) ofPage.set(key, text);
  texts = ofPage;
}

/** From now on the page says what this part says, until it shows another view; the rest as before. */
export function say(found) {
  texts = new Map([...ofPage, ...found]);
}

/** Made when it is needed first: to know the customs of a region costs a slow phone 15 ms, each time. */
const custom = (make) => {
  let made;
  return () => (made ??= make());
};
const plurals = custom(() => new Intl.PluralRules(region));
const ordinals = custom(() => new Intl.PluralRules(region, { type: "ordinal" }));
const digits = custom(() => new Intl.NumberFormat(region));
const twoDigits = custom(() => new Intl.NumberFormat(region, { minimumIntegerDigits: 2 }));
const ungrouped = custom(() => new Intl.NumberFormat(region, { useGrouping: false, maximumFractionDigits: 20 }));
const signs = custom(() => new Intl.NumberFormat(region, { signDisplay: "exceptZero" }));
const percents = custom(() => new Intl.NumberFormat(region, { style: "percent", maximumFractionDigits: 0 }));
const dates = custom(() => new Intl.DateTimeFormat(region, { dateStyle: "medium", timeStyle: "short" }));
const times = custom(() => new Intl.DateTimeFormat(region, { timeStyle: "medium" }));
const conjunction = custom(() => new Intl.ListFormat(region, { type: "conjunction" }));
const disjunction = custom(() => new Intl.ListFormat(region, { type: "disjunction" }));

export const number = (n) => digits().format(n);

/** Whether decimals follow a comma, and thousands a point. */
export const decimalComma = () => digits().format(1.5).includes(",");

/** What was asked for: a number may be a year. */
export const plain = (answer) => (typeof answer === "number" ? ungrouped().format(answer) : answer);
export const signed = (n) => signs().format(n);
export const percent = (share) => percents().format(share);
export const date = (ms) => dates().format(ms);
export const time = (ms) => times().format(ms);
export const all = (names) => conjunction().format(names.map(apart));
export const any = (names) => disjunction().format(names.map(apart));

/** One beside the other, and one after the other. A mark says which way the whole runs: the names do not. */
export const beside = (names) => names.map(apart).join(rightToLeft ? "،\u200f " : ", ");
export const inTurn = (names) => names.map(apart).join(rightToLeft ? " \u200f← " : " → ");

/** A name keeps its own direction within a sentence that runs the other way. */
const apart = (text) => (rightToLeft || RUNS_RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text);

/** A form may say its number in a word ("two points"): a negative number has none. */
const form = (key, rules, n) => texts.get(`${key}.${n < 0 ? "other" : rules.select(n)}`) ?? texts.get(`${key}.other`);

/** Whether there is such a text. */
export const has = (key) => texts.has(key);

function template(key, values) {
  const text = (typeof values?.n === "number" ? form(key, plurals(), values.n) : undefined) ?? texts.get(key);
  return text ?? key;
}

const shown = (value) => (typeof value === "number" ? number(value) : typeof value === "string" ? apart(value) : value ?? "");
const GAP = /\{(\w+)\}/;

/** The text of this name; `values` stand in the place of `{name}`, numbers as people of the language write them. */
export function t(key, values = {}) {
  return template(key, values).split(GAP).map((part, i) => (i % 2 ? shown(values[part]) : part)).join("");
}

/** The same with elements among the values. */
export function rich(key, values) {
  return html`${template(key, values).split(GAP).map((part, i) => (i % 2 ? shown(values[part]) : part))}`;
}

/** A place: 1st, 2. or whatever the language says. */
export const ordinal = (n) => form("place", ordinals(), n).replace("{n}", number(n));

/** A time that passes: seconds, or minutes and seconds. */
export const duration = (s) => (s < 100 ? t("seconds", { n: s }) : `${number(Math.floor(s / 60))}:${twoDigits().format(s % 60)}`);

/** Parts that there are, with a dot between. */
export const listed = (...parts) => parts.filter(Boolean).join(" · ");

/** Why something was refused, in the words of the reader; else as the server has said it. */
export function why({ code, detail, message }) {
  const key = `refused.${code}`;
  return texts.has(key) ? t(key) : detail || message || t("refused.INTERNAL_ERROR");
}
