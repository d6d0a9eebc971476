/** For who has no account yet, or no password: an invitation, or an address for a new password, opens here. */

import { html } from "../../html.js";
import { t } from "../../language.js";
import { become, call, requestKey } from "../api.js";
import { tell } from "../parts.js";
import { Form, Password, Text } from "./forms.js";

async function register(invite, fields) {
  const { token } = await call("POST", "/accounts", { body: { ...fields, ...(invite && { invite }) }, as: "", key: requestKey() });
  await become(token, false);
}

async function reset(token, fields) {
  await call("POST", "/password-resets/use", { body: { token, ...fields }, as: "" });
  tell(t("reset.done"));
}

const FORMS = { invited: register, new: register, reset };

export default function Joining({ params: [what, token] }) {
  const send = async (fields) => {
    await FORMS[what](token, fields);
    location.replace("#/");
  };
  return html`<main class="entry"><div class="card"><img src="/web/icon.svg" alt="" width="48" height="48" /><h1>${t(`joining.${what}`)}</h1>
    <${Form} yes=${t(`joining.${what}.yes`)} send=${send}>
      ${what !== "reset" && html`<${Text} label=${t("name")} hint=${t("joining.name")} name="name" required maxlength="64" autocomplete="nickname" />
        <${Text} label=${t("email")} name="email" type="email" required maxlength="254" autocomplete="username" />`}
      <${Password} name="password" label=${t("password.new")} /><//>
    <p><a href="#/">${t("sign.in")}</a></p></div></main>`;
}
