/**
 * What is wrong with a quiz, while it is being written: the server's rules, so that what has none of these is taken.
 * A flaw is {field, key, values}; its words are `flaw.KEY`.
 */

import { isWritten } from "../../parts/choices.js";
import { ownPace } from "../../parts/pacing.js";
import { ruleOf } from "./schema.js";

const characters = (text) => [...text].length;
const flaw = (field, key, values = {}) => ({ field, key, values });

/** What is wrong with one value, by the schema alone. */
function outOfBounds(field, rule, value) {
  if (value === null || value === undefined || rule.enum) return null;
  if (typeof value === "string") return badText(field, rule, value);
  if (rule.type !== "integer" && rule.type !== "number") return null;
  const { minimum: from, maximum: to } = rule;
  if (!Number.isFinite(value)) return flaw(field, "number");
  if (rule.type === "integer" && !Number.isInteger(value)) return flaw(field, "whole");
  return value < from || value > to ? flaw(field, "between", { from, to }) : null;
}

function badText(field, { minLength = 0, maxLength, pattern }, text) {
  if (minLength && !text.trim()) return flaw(field, "empty");
  if (characters(text) > maxLength) return flaw(field, "long", { most: maxLength, n: characters(text) - maxLength });
  return pattern && !new RegExp(pattern).test(text) ? flaw(field, `form.${field.split(".")[0]}`) : null;
}

/** The flaws of all fields, by the schema alone; entries of a list are fields such as `choices.2`. */
export function* bounds(kind, it) {
  for (const [field, value] of Object.entries(it)) {
    const rule = ruleOf(kind, field);
    const found = outOfBounds(field, rule, value);
    if (found) yield found;
    if (!Array.isArray(value)) continue;
    if (value.length > rule.maxItems) yield flaw(field, "many", { n: rule.maxItems });
    if (rule.items?.type) yield* value.map((entry, n) => outOfBounds(`${field}.${n}`, rule.items, entry)).filter(Boolean);
  }
}

const known = new WeakMap();

/** The flaws of a question. One that was not touched is not looked at again. */
export function flawsOf(question) {
  if (!known.has(question)) known.set(question, [...bounds("Question", question), ...(isWritten(question.type) ? ofWritten(question) : ofChoices(question))]);
  return known.get(question);
}

function* ofWritten({ type, answer }) {
  const most = ruleOf("Question", "answer").items.anyOf.at(-1).maxLength;
  if (!answer.length) yield flaw("answer", "unanswered");
  for (const [n, value] of answer.entries()) {
    if (type === "number" ? !Number.isFinite(value) : !String(value).trim()) yield flaw(`answer.${n}`, type === "number" ? "number" : "empty");
    else if (type === "text" && characters(value) > most) yield flaw(`answer.${n}`, "long", { most, n: characters(value) - most });
  }
}

const look = (text) => text.trim().replace(/\s+/gu, " ");

function* ofChoices({ type, choices, answer }) {
  const looks = choices.map(look);
  for (const [n, text] of looks.entries()) if (text && looks.indexOf(text) < n) yield flaw(`choices.${n}`, "twice");
  if (choices.length < 2) yield flaw("choices", "two.choices");
  if (type === "boolean" && choices.length > 2) yield flaw("choices", "only.two");
  if (type === "poll") return;
  if (!answer.length) yield flaw("answer", `mark.${type}`);
  else if (type === "order" && answer.length < choices.length) yield flaw("answer", "whole.order", { n: choices.length - answer.length });
}

const inOrder = ({ settings, questions }) => questions.some(({ rule }) => (rule ?? settings.rule) === "order");
const drawn = ({ settings }) => settings.pacing === "draw";

/** What contradicts itself: [where it is said, in which words, when]. */
const CONTRADICTIONS = [
  ["reanswer", "order.reanswer", (quiz) => inOrder(quiz) && quiz.settings.reanswer !== "never"],
  ["rule", "order.pace", (quiz) => inOrder(quiz) && ownPace(quiz.settings)],
  ["closes_at", "closes.first", ({ settings: { opens_at, closes_at } }) => opens_at && closes_at && opens_at >= closes_at],
  ["names", "generated.roster", ({ settings, roster }) => roster.length && settings.names === "generated"],
  ["team_score", "teams.score", ({ settings, teams }) => teams.length && settings.team_score === "none"],
  ["pacing", "draw.poll", (quiz) => drawn(quiz) && quiz.questions.some(({ type }) => type === "poll")],
  ["period", "period.questions", ({ settings, questions }) => settings.period && questions.length],
  ["boxes", "box.prize", ({ settings }) => Object.values(settings.boxes).some((box) => !box.prize && !box.prize_percent)],
  ["boxes", "box.difficulty", ({ settings, questions }) => Object.keys(settings.boxes).some((level) => !questions.some(({ difficulty }) => difficulty === level))],
];

/** The flaws of all that is said of the quiz beside its questions. */
export const flawsOfSettings = (quiz) => [
  ...bounds("Settings", quiz.settings),
  ...Object.values(quiz.settings.boxes).flatMap((box) => [...bounds("Box", box)].map((found) => ({ ...found, field: "boxes" }))),
  ...CONTRADICTIONS.filter(([, , holds]) => holds(quiz)).map(([field, key]) => flaw(field, key)),
];

export const flawsOfTitle = ({ questions, settings, ...about }) => [...bounds("Quiz", about)];

/** How many flaws there are, and where the first one is: a question's number, "settings" or "about". */
export function firstFlaw(quiz) {
  const places = [["about", flawsOfTitle(quiz)], ["settings", flawsOfSettings(quiz)], ...quiz.questions.map((question, n) => [n, flawsOf(question)])];
  const flawed = places.filter(([, flaws]) => flaws.length);
  return { count: flawed.length, place: flawed[0]?.[0], flaw: flawed[0]?.[1][0] };
}
