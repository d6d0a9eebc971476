/** What could not be recorded, and what was done to accounts. */

import { html } from "../../html.js";
import { t } from "../../language.js";
import { Entries } from "../after/journal.js";
import { useFetched, Waiting } from "../after/loading.js";
import { call } from "../api.js";
import { Do } from "../parts.js";

const EVERY_MS = 10_000;

export function Letters() {
  const { found, refusal, again } = useFetched(() => call("GET", "/admin/dead-letters"), EVERY_MS);
  const replay = async (id) => {
    await call("POST", `/admin/dead-letters/${encodeURIComponent(id)}/replay`);
    await again();
  };
  return html`<p class="second">${t("letters.about")}</p>
    ${!found.value ? html`<${Waiting} refusal=${refusal.value} again=${again} />` : !found.value.length ? html`<p>${t("letters.none")}</p>` : html`<ul class="lines card">${found.value.map(
      ({ id, reason, fields }) => html`<li key=${id}><div><b><bdi>${reason}</bdi></b><dl class="facts">${Object.entries(fields).map(([name, value]) => html`<dt>${name}</dt><dd><bdi>${value}</bdi></dd>`)}</dl></div>
        <${Do} class="plain" act=${() => replay(id)}>${t("again")}<//></li>`,
    )}</ul>`}`;
}

/** The journal of the accounts. Whose account is known here goes by the name. */
export function DoneBy() {
  const { found, refusal, again } = useFetched(() => call("GET", "/admin/accounts", { query: { limit: 100 } }));
  if (!found.value) return html`<${Waiting} refusal=${refusal.value} again=${again} />`;
  const names = new Map(found.value.rows.map(({ id, name }) => [id, name]));
  return html`<${Entries} get=${(cursor) => call("GET", "/admin/audit", { query: { limit: 50, cursor } })} names=${names} unknown=${(id) => id} />`;
}
