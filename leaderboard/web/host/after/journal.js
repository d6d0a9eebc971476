/** What was done, by whom and when, in words; first what was corrected. */

import { html, useRef } from "../../html.js";
import { date, has, signed, t } from "../../language.js";
import { call, person } from "../api.js";
import { More, usePaged, Waiting } from "./loading.js";

/** Where the same verb says something else, by its facts. */
const OTHERWISE = {
  lock: ({ locked }) => locked === false && "off",
  pin: ({ on }) => on === false && "off",
  remove: ({ ban, address }) => (ban || address) && "ban",
  admit: (_, subject) => !subject && "all",
  correct: ({ void: it }) => (it === true ? "void" : it === false && "counts"),
  reveal: ({ hidden }) => !hidden && "all",
  open: ({ question }) => question === undefined && "quiz",
};

export function Journal({ results }) {
  const names = useRef(null);
  names.current ??= new Map(results.rows.map(({ player, name }) => [player, name]));
  return html`${results.corrections.length > 0 && html`<h3>${t("corrections")}</h3><ol class="journal card">${results.corrections.map((it) => html`<${Corrected} key=${it.number} ...${it} names=${names.current} />`)}</ol><h3>${t("journal")}</h3>`}
    <${Entries} get=${(cursor) => call("GET", `/quizzes/${results.quiz}/audit`, { as: results.as, query: { limit: 50, cursor } })} names=${names.current} />`;
}

function Corrected({ number, at, kind, question, player, points, reason, undoes, names }) {
  const said = kind === "points" ? "points" : undoes ? "undone" : kind;
  const values = { number, question: question + 1, points: signed(points ?? 0), undoes, player: names.get(player) ?? t("somebody") };
  return html`<li><time class="second">${date(at)}</time><p>${t(`correction.${said}`, values)} <span class="second">· <bdi>${reason}</bdi></span></p></li>`;
}

/**
 * A journal, the last thing first.
 * @param {Map<string, string>} names whom subjects and actors may be  @param {Function} [unknown] what others are called
 */
export function Entries({ get, names, unknown = () => t("somebody") }) {
  const list = usePaged(get);
  if (!list.rows.value) return html`<${Waiting} refusal=${list.refusal.value} again=${list.anew} />`;
  if (!list.rows.value.length) return html`<p class="second">${t("journal.empty")}</p>`;
  return html`<ol class="journal card">${list.rows.value.map(
    ({ id, at, actor, ...done }) => html`<li key=${id}><time class="second">${date(at)}</time><p>${said(done, names, unknown)} <span class="second">· ${who(actor, names)}</span></p></li>`,
  )}</ol><${More} list=${list} />`;
}

/** What was done. */
function said({ verb, subject, facts }, names, unknown) {
  const other = OTHERWISE[verb]?.(facts, subject);
  const key = other ? `did.${verb}.${other}` : `did.${verb}`;
  if (!has(key) && !has(`${key}.other`)) return verb;
  const { question, seconds, points, teams, members, hidden, role, ...rest } = facts;
  return t(key, { ...rest, question: question + 1, n: seconds ?? teams ?? members ?? hidden, points: signed(points ?? 0), role: role && t(`role.${role}`), player: names.get(subject) ?? unknown(subject) });
}

/** Who did it. */
function who(actor, names) {
  const [kind, id] = actor.split(":");
  if (kind === "account" && id === person.value?.id) return t("by.you");
  const key = `by.${kind}`;
  return has(key) ? t(key, { name: names.get(id) ?? id ?? "" }) : actor;
}
