/** How a quiz is played, in sentences: who leads, what gives points, who sees what, who may join. */

import { html, useRef } from "../../html.js";
import { number, t } from "../../language.js";
import { readNumber } from "../../parts/choices.js";
import { fitting, holds } from "./applying.js";
import { Boxes } from "./boxes.js";
import { RULES } from "./editing.js";
import { Listed, Line, Num, saysOf, Tick, Tied } from "./fields.js";
import { flawsOfSettings, flawsOfTitle } from "./flaws.js";
import { Presets } from "./presets.js";
import { ruleOf } from "./schema.js";

const GROUPS = {
  lead: ["pacing", "lobby_s", "pause_s", "opens_at", "closes_at", "unanswered"],
  points: ["rule", "places", "penalty", "floor", "streak_bonus", "streak_most", "start"],
  answers: ["reanswer", "time_of", "late"],
  showing: ["reveal", "ties", "order", "privacy", "board_rows"],
  teams: ["team_score", "team_best", "teams"],
  joining: ["names", "filter_names", "approval", "roster"],
  boxes: ["boxes", "debt"],
  periods: ["period", "timezone", "history"],
  limits: ["max_players", "crowd", "devices", "credit_ms", "board_interval_ms"],
};

/** From the plainest on; of all others what is usual comes first. */
const ORDER = { pacing: ["host", "auto", "self", "draw"], rule: RULES, team_score: ["none", "sum", "mean", "best"], privacy: ["open", "top", "near", "own", "pseudonyms"] };

/** What belongs to the quiz itself and stands with its settings. */
function listsOf(draft) {
  const quiz = draft.quiz.value;
  return { kind: "Quiz", it: quiz, flaws: flawsOfTitle(quiz), set: (name, value) => draft.change({ ...draft.quiz.value, [name]: value }, name) };
}

export const TeamNames = ({ draft }) => html`<${Listed} form=${listsOf(draft)} name="teams" ...${LISTS.teams} />`;

export function Settings({ draft }) {
  const quiz = draft.quiz.value;
  const { settings } = quiz;
  const put = (other, about) => draft.change({ ...draft.quiz.value, settings: fitting(other, quiz) }, about);
  const form = { kind: "Settings", it: settings, flaws: flawsOfSettings(quiz), set: (name, value) => put({ ...settings, [name]: value }, name) };
  const lists = listsOf(draft);
  const groups = Object.entries(GROUPS).map(([group, names]) => [group, names.filter((name) => holds(name, settings, quiz))]);
  return html`<section class="settings" aria-label=${t("part.settings")}>
    <${Presets} draft=${draft} />
    ${groups.filter(([, names]) => names.length).map(([group, names], n) => html`<${Group} key=${group} group=${group} names=${names} form=${form} lists=${lists} first=${n === 0} />`)}
  </section>`;
}

function Group({ group, names, form, lists, first }) {
  const flawed = form.flaws.some(({ field }) => names.includes(field.split(".")[0]));
  const open = useRef(first || flawed);
  return html`<details class="card group" open=${open.current || flawed}><summary><h2>${t(`group.${group}`)}</h2><span class="second">${t(`group.${group}.about`)}</span></summary>
    <div class="form">${names.map((name) => html`<${Setting} key=${name} name=${name} form=${form} lists=${lists} />`)}</div>
  </details>`;
}

const LISTS = {
  roster: { read: linesOf, join: (names) => names.join("\n"), rows: 6 },
  teams: { read: linesOf, join: (names) => names.join("\n"), rows: 4 },
  places: { read: (text) => text.split(/[\s,;]+/).filter(Boolean).map((text) => readNumber(text)), join: (places) => places.join(", ") },
};
function linesOf(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}

function Setting({ name, form, lists }) {
  if (name === "boxes") return html`<${Boxes} form=${form} />`;
  if (name in LISTS) return html`<${Listed} form=${name === "places" ? form : lists} name=${name} ...${LISTS[name]} />`;
  if (name === "opens_at" || name === "closes_at") return html`<${Moment} form=${form} name=${name} />`;
  const rule = ruleOf("Settings", name);
  if (rule.enum) return html`<${Options} form=${form} name=${name} rule=${rule} />`;
  if (rule.type === "boolean") return html`<${Tick} form=${form} name=${name} />`;
  if (rule.type === "integer") return html`<${Num} form=${form} name=${name} hint=${t("usually", { n: number(rule.default) })} />`;
  return html`<${Line} form=${form} name=${name} />`;
}

/** A sentence for each. */
function Options({ form, name, rule }) {
  const values = ORDER[name] ?? [rule.default, ...rule.enum.filter((value) => value !== rule.default)];
  const flaws = form.flaws.filter(({ field }) => field === name);
  return html`<fieldset class="options"><legend>${t(`Settings.${name}`)}</legend>
    ${values.map((value) => html`<label class="check"><input type="radio" name=${name} checked=${form.it[name] === value} onChange=${() => form.set(name, value)} />
      <span>${t(`Settings.${name}.${value}`)}${value === rule.default && html` <span class="second">${t("as.usual")}</span>`}</span></label>`)}
    ${flaws.map((flaw) => html`<p class="error">${saysOf(flaw)}</p>`)}
  </fieldset>`;
}

const MINUTE_MS = 60_000;
const local = (ms) => (ms ? new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16) : "");

function Moment({ form, name }) {
  const choose = ({ target }) => form.set(name, target.value ? new Date(target.value).getTime() : null);
  return html`<${Tied} form=${form} name=${name}>${(tied) => html`<input ...${tied} type="datetime-local" value=${local(form.it[name])} onChange=${choose} />`}<//>`;
}
