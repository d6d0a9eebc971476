/** What else a host can do just now: small buttons below what is going on. */

import { html } from "../../html.js";
import { t } from "../../language.js";
import { ownPace } from "../../parts/pacing.js";
import { Do, sure } from "../parts.js";

const MORE_S = [15, 30, 60];

const asked = ({ phase }) => phase === "question";
const between = ({ phase }) => phase === "lobby" || phase === "closed";
const more = (seconds) => [
  "extend",
  asked,
  ({ question, closes_at }) => ({ question: question.number, seconds, closes_at }),
  { values: { seconds } },
];

/** [verb, when it can be done, its fields, {label, values, sure: asks first}]; all of it of (state, the next question). */
const CONTROLS = [
  ["pause", (state) => !state.paused_at && (asked(state) || state.next_at > 0)],
  ...MORE_S.map(more),
  ["skip", asked, ({ question }) => ({ question: question.number }), { label: "skip", sure: true }],
  ["skip", (state, next) => between(state) && !ownPace(state) && typeof next === "number", (state, next) => ({ question: next }), { label: "skip.next", sure: true }],
  ["freeze", ({ frozen, phase }) => !frozen && phase !== "lobby" && phase !== "finished"],
  ["reveal", ({ frozen, phase, correcting }) => frozen && !correcting && phase !== "question", () => ({ hidden: 0 }), { label: "reveal.all" }],
  ["finish", ({ phase, paused_at }, next) => phase === "closed" && (next !== null || paused_at > 0), undefined, { label: "finish", sure: true }],
];

export function Controls({ desk }) {
  const [state, next] = [desk.room.state.value, desk.next.value];
  const there = CONTROLS.filter(([, when]) => when(state, next));
  return html`<p class="verbs">${there.map(([verb, , fields, options]) => html`<${Control} key=${`${verb} ${options?.label} ${options?.values?.seconds}`} desk=${desk} verb=${verb} fields=${fields?.(state, next)} next=${next} ...${options} />`)}</p>`;
}

function Control({ desk, verb, fields, label = verb, values, next, sure: asks }) {
  const said = { ...values, question: (fields?.question ?? next ?? 0) + 1 };
  const act = async () => (!asks || (await sure(t(`sure.${label}`, said), { yes: t(label, said) }))) && desk.do(verb, fields);
  return html`<${Do} class="plain" act=${act}>${t(label, said)}<//>`;
}
