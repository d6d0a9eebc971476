/** Changing questions: each function gives another one. Places of choices are counted from 0. */

import { t } from "../../language.js";
import { isWritten, pick } from "../../parts/choices.js";
import { marked } from "./draft.js";
import { blank, ruleOf } from "./schema.js";

export const TYPES = ["one", "several", "boolean", "number", "text", "order", "poll"];
export const LEVELS = ["easy", "medium", "hard"];
export const RULES = ["speed", "linear", "flat", "order"];

const STARTS_WITH = 4; // choices

const emptyChoices = () => Array(STARTS_WITH).fill("");
/** An answer that is still to be written. */
const nothing = (type) => (type === "number" ? NaN : "");

const trueOrFalse = () => [t("true"), t("false")];

export const newQuestion = (type) => marked(ofType({ ...blank("Question"), text: "" }, type));

/** The same question asked in another way. What fits of its choices and its answer stays. */
export function ofType(question, type) {
  const { choices, answer } = question;
  const right = answer.filter((value) => typeof value === "number" && value < choices.length);
  if (isWritten(type)) return { ...question, type, choices: [], answer: type === "text" && right.length ? right.map((place) => choices[place]) : [nothing(type)] };
  const kept = type === "boolean" ? (choices.length === 2 ? choices : trueOrFalse()) : choices.length ? choices : emptyChoices();
  const most = { one: 1, boolean: 1, several: Infinity, order: 0, poll: 0 }[type];
  return { ...question, type, choices: kept, answer: isWritten(question.type) ? [] : right.filter((place) => place < kept.length).slice(0, most) };
}

export const rightAt = (question, place) => ({ ...question, answer: pick(question.type, question.answer, place) });

const put = (list, n, value) => list.with?.(n, value) ?? list.map((it, i) => (i === n ? value : it));

export const choiceAt = (question, place, text) => ({ ...question, choices: put(question.choices, place, text) });

export const oneMore = (question) => ({ ...question, choices: [...question.choices, ""] });

export const mayHaveMore = ({ type, choices }) => type !== "boolean" && choices.length < ruleOf("Question", "choices").maxItems;

export function without(question, place) {
  const answer = question.answer.filter((it) => it !== place).map((it) => (it > place ? it - 1 : it));
  return { ...question, choices: question.choices.filter((_, n) => n !== place), answer };
}

/** Whether the choices stand in the right order already, which gives it away. */
export const isPlain = ({ choices, answer }) => answer.length === choices.length && answer.every((place, n) => place === n);

/** The choices in another order, by chance; what was right stays right. */
export function mixed(question) {
  const order = question.choices.map((_, place) => [Math.random(), place]).sort(([one], [other]) => one - other).map(([, place]) => place);
  return { ...question, choices: order.map((place) => question.choices[place]), answer: question.answer.map((place) => order.indexOf(place)) };
}

export const answerAt = (question, n, value) => ({ ...question, answer: put(question.answer, n, value) });
export const oneAnswerMore = (question) => ({ ...question, answer: [...question.answer, nothing(question.type)] });
export const withoutAnswer = (question, n) => ({ ...question, answer: question.answer.filter((_, i) => i !== n) });

export const replaced = (questions, n, question) => put(questions, n, question);
export const removed = (questions, n) => questions.filter((_, i) => i !== n);
export const doubled = (questions, n) => [...questions.slice(0, n + 1), marked(questions[n]), ...questions.slice(n + 1)];

export function moved(questions, from, to) {
  const rest = removed(questions, from);
  return [...rest.slice(0, to), questions[from], ...rest.slice(to)];
}
