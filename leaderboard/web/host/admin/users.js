/** Everybody who has an account. */

import { html, useEffect, useRef, useSignal } from "../../html.js";
import { date, t } from "../../language.js";
import { More, usePaged, Waiting } from "../after/loading.js";
import { call, person, requestKey } from "../api.js";
import { Dialog, Do, Field, sure, tell, tellWhy } from "../parts.js";
import { Choice, Form, Password, roles, Secret, Text } from "./forms.js";
import { addressOf, Invite } from "./invite.js";

const TYPED_MS = 250;

export function Users() {
  const search = useRef("");
  const list = usePaged((cursor) => call("GET", "/admin/accounts", { query: { limit: 30, cursor, search: search.current } }));
  const [making, link] = [useSignal(false), useSignal(null)];
  const typing = useRef(0);
  useEffect(() => () => clearTimeout(typing.current), []);
  const look = ({ target }) => {
    search.current = target.value.trim();
    clearTimeout(typing.current);
    typing.current = setTimeout(list.anew, TYPED_MS);
  };
  const make = async (body) => {
    await call("POST", "/admin/accounts", { body, key: requestKey() });
    making.value = false;
    tell(t("user.made", { name: body.name }));
    await list.anew();
  };
  return html`<div class="bar"><${Field} label=${t("users.search")}>${(tied) => html`<input ...${tied} type="search" maxlength="254" autocomplete="off" onInput=${look} />`}<//>
      <button type="button" onClick=${() => (making.value = true)}>${t("user.make")}</button></div>
    <${Found} list=${list} give=${(made) => (link.value = made)} />
    <${Invite} />
    ${making.value && html`<${Dialog} title=${t("user.make")} close=${() => (making.value = false)}><${Form} yes=${t("user.make")} send=${make}>
      <${Text} label=${t("email")} name="email" type="email" required maxlength="254" autocomplete="off" /><${Text} label=${t("name")} name="name" required maxlength="64" autocomplete="off" />
      <${Password} name="password" hint=${t("user.password.hint")} /><${Choice} label=${t("role")} name="role" of=${roles()} value="host" /><//><//>`}
    ${link.value && html`<${Secret} title=${t("user.reset.made", { name: link.value.name })} about=${t("user.reset.about", { when: date(link.value.expires_at) })} text=${addressOf("reset", link.value.token)} close=${() => (link.value = null)} />`}`;
}

function Found({ list, give }) {
  if (!list.rows.value) return html`<${Waiting} refusal=${list.refusal.value} again=${list.anew} />`;
  if (!list.rows.value.length) return html`<p class="second" role="status">${t("users.none")}</p>`;
  return html`<div class="scroll card" tabindex="0" role="region" aria-label=${t("view.users")}><table><thead><tr>${["name", "email", "role", "user.since", "user.do"].map((name) => html`<th scope="col">${t(name)}</th>`)}</tr></thead>
    <tbody>${list.rows.value.map((user) => html`<${User} key=${user.id} ...${user} list=${list} give=${give} />`)}</tbody></table></div><${More} list=${list} />`;
}

function User({ id, name, email, role, created_at, list, give }) {
  const grant = async ({ target }) => {
    const changed = await call("PATCH", `/admin/accounts/${id}`, { body: { role: target.value } }).catch((refusal) => void ((target.value = role), tellWhy(refusal)));
    if (changed) tell(t("user.is", { name, role: t(`role.${changed.role}`) }));
  };
  const reset = async () => give({ ...(await call("POST", `/admin/accounts/${id}/password-reset`, { key: requestKey() })), name });
  const remove = async () => {
    if (!(await sure(t("user.delete.sure", { name }), { yes: t("user.delete") }))) return;
    await call("DELETE", `/admin/accounts/${id}`);
    await list.anew();
  };
  const self = id === person.value?.id;
  return html`<tr><th scope="row" class="who"><bdi>${name}</bdi>${self && html` <span class="chip">${t("by.you")}</span>`}</th><td><bdi>${email}</bdi></td>
    <td><select aria-label=${t("user.role", { name })} disabled=${self} onChange=${grant}>${roles().map(([it, text]) => html`<option value=${it} selected=${it === role}>${text}</option>`)}</select></td>
    <td>${date(created_at)}</td>
    <td><div class="acts"><${Do} class="plain" aria-label=${t("user.reset.of", { name })} act=${reset}>${t("user.reset")}<//>${!self && html`<${Do} class="plain" aria-label=${t("user.delete.it", { name })} act=${remove}>${t("user.delete")}<//>`}</div></td></tr>`;
}
