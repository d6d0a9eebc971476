/** Invitations: an address with which somebody makes an account of their own. */

import { html, useSignal } from "../../html.js";
import { date, t } from "../../language.js";
import { call, isAdmin, requestKey } from "../api.js";
import { Choice, Form, roles, Secret, Text } from "./forms.js";

/** An address of the studio that only the browser reads. */
export const addressOf = (what, token) => `${location.origin}/host#/${what}/${token}`;

export function Invite() {
  const made = useSignal(null);
  const send = async ({ role = "player", email }, form) => {
    made.value = await call("POST", "/invitations", { body: { role, ...(email && { email }) }, key: requestKey() });
    form.reset();
  };
  return html`<section class="card" aria-label=${t("invite")}><h2>${t("invite")}</h2><p class="second">${t("invite.about")}</p>
    <${Form} yes=${t("invite.make")} send=${send}>
      <div class="columns"><${Text} label=${t("invite.email")} hint=${t("invite.email.hint")} name="email" type="email" maxlength="254" autocomplete="off" />
      ${isAdmin.value && html`<${Choice} label=${t("role")} name="role" of=${roles()} value="host" />`}</div><//>
    ${made.value && html`<${Secret} title=${t("invite.made")} about=${t("invite.made.about", { when: date(made.value.expires_at) })} text=${addressOf("invited", made.value.token)} close=${() => (made.value = null)} />`}
  </section>`;
}
