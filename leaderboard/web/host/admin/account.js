/** One's account: who one is, where one is signed in, keys for programs, one's data. */

import { html, useSignal } from "../../html.js";
import { date, number, ordinal, t } from "../../language.js";
import { More, useFetched, usePaged, Waiting } from "../after/loading.js";
import { call, forget, person, save } from "../api.js";
import { Dialog, Do } from "../parts.js";
import { Form, Password, Text } from "./forms.js";
import { Invite } from "./invite.js";
import { Keys } from "./keys.js";

export default function Account() {
  if (!person.value?.account) return html`<main class="account"><h1>${t("account")}</h1><p>${t("account.none")}</p></main>`;
  const organizes = person.value.role !== "player";
  return html`<main class="account"><h1>${t("account")}</h1>
    <p class="second"><bdi>${person.value.email}</bdi> · ${t(`role.${person.value.role}`)} · ${t("account.since", { when: date(person.value.created_at) })}</p>
    <div class="columns"><${Profile} /><${Address} /><${NewPassword} /></div>
    <${Sessions} />
    ${organizes && html`<${Keys} /><${Invite} />`}
    <${History} /><${Data} />
  </main>`;
}

const Card = ({ title, children }) => html`<section class="card" aria-label=${title}><h2>${title}</h2>${children}</section>`;

async function change(body) {
  person.value = { ...(await call("PATCH", "/account", { body })), account: true };
}

const Profile = () => html`<${Card} title=${t("account.name")}><${Form} yes=${t("save")} done=${t("saved")} send=${({ name }) => change({ name })}>
  <${Text} label=${t("name")} name="name" value=${person.value.name} required maxlength="64" autocomplete="nickname" /><//><//>`;

function Address() {
  const send = async (fields, form) => {
    await change(fields);
    form.reset();
  };
  return html`<${Card} title=${t("email")}><${Form} yes=${t("save")} done=${t("saved")} send=${send}>
    <${Text} label=${t("email.new")} name="email" type="email" required maxlength="254" autocomplete="email" /><${Password} name="password" now /><//><//>`;
}

function NewPassword() {
  const send = async (fields, form) => {
    await call("PUT", "/account/password", { body: fields });
    form.reset();
  };
  return html`<${Card} title=${t("password.change")}><${Form} yes=${t("save")} done=${t("password.changed")} send=${send}>
    <${Password} name="old" label=${t("password.old")} now /><${Password} name="new" label=${t("password.new")} /><//><//>`;
}

function Sessions() {
  const { found, refusal, again } = useFetched(() => call("GET", "/sessions"));
  const end = async (path) => {
    await call("DELETE", path);
    await again();
  };
  if (!found.value) return html`<${Waiting} refusal=${refusal.value} again=${again} />`;
  return html`<${Card} title=${t("sessions")}><ul class="lines">${found.value.map(
    ({ id, agent, seen_at, current }) => html`<li key=${id}><div><bdi>${device(agent)}</bdi>${current && html` <span class="chip">${t("session.current")}</span>`}<p class="second">${t("session.seen", { when: date(seen_at) })}</p></div>
      ${!current && html`<${Do} class="plain" act=${() => end(`/sessions/${id}`)}>${t("sign.out")}<//>`}</li>`,
  )}</ul>
  ${found.value.length > 1 && html`<p class="buttons"><${Do} class="plain" act=${() => end("/sessions")}>${t("sessions.end")}<//></p>`}<//>`;
}

const KINDS = [[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrom/, "Chrome"], [/Safari\//, "Safari"]];
const SYSTEMS = [[/iPhone|iPad/, "iOS"], [/Android/, "Android"], [/Windows/, "Windows"], [/Mac OS/, "macOS"], [/Linux/, "Linux"]];
const named = (table, text) => table.find(([pattern]) => pattern.test(text))?.[1];

/** What people call the browser that such a text comes from. */
function device(agent) {
  const [kind, system] = [named(KINDS, agent), named(SYSTEMS, agent)];
  return kind && system ? t("session.device", { kind, system }) : agent || t("session.unknown");
}

function History() {
  const list = usePaged((cursor) => call("GET", "/account/history", { query: { limit: 10, cursor } }));
  if (!list.rows.value?.length) return null;
  return html`<${Card} title=${t("history")}><ul class="lines">${list.rows.value.map(
    ({ quiz, title, finished_at, rank, players, points }) => html`<li key=${quiz}><div><bdi>${title}</bdi><p class="second">${date(finished_at)}</p></div><span>${t("history.place", { place: ordinal(rank), players: number(players) })} · ${t("points", { n: points })}</span></li>`,
  )}</ul><${More} list=${list} /><//>`;
}

function Data() {
  const leaving = useSignal(false);
  const download = async () => save(await (await call("GET", "/account/export", { raw: true })).blob(), "account.json");
  const leave = async ({ password }) => {
    await call("POST", "/account/deletion", { body: { password } });
    forget();
  };
  return html`<${Card} title=${t("data")}><p class="second">${t("data.about")}</p>
    <p class="buttons"><${Do} class="plain" act=${download}>${t("data.download")}<//><button type="button" class="plain" onClick=${() => (leaving.value = true)}>${t("account.delete")}</button></p>
    ${leaving.value && html`<${Dialog} title=${t("account.delete")} close=${() => (leaving.value = false)}><p>${t("account.delete.about")}</p>
      <${Form} yes=${t("account.delete.yes")} danger send=${leave}><${Password} name="password" now /><//><//>`}<//>`;
}
