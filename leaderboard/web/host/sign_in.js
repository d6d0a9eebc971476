/** Who one is: an account, or the admin's token. */

import { html, useSignal } from "../html.js";
import { t, why } from "../language.js";
import { Languages } from "../parts/frame.js";
import { become, call, requestKey } from "./api.js";
import { Field } from "./parts.js";

/** Whoever sits at the server itself sees the admin's token in the terminal. */
const ON_THE_SERVER = new Set(["localhost", "127.0.0.1", "[::1]"]);

export function SignIn() {
  const way = useSignal(ON_THE_SERVER.has(location.hostname) ? "token" : "account");
  const wrong = useSignal("");
  const busy = useSignal(false);
  const enter = async (event) => {
    event.preventDefault();
    const { email, password, secret, stay } = event.target.elements;
    busy.value = true;
    wrong.value = await (way.value === "account" ? signIn(email.value, password.value, stay.checked) : become(secret.value.trim(), stay.checked)).then(() => "", why);
    busy.value = false;
  };
  return html`<main class="entry"><form class="card" onSubmit=${enter}>
    <img src="/web/icon.svg" alt="" width="48" height="48" />
    <h1>${t("sign.in.title")}</h1>
    <p class="tabs" role="group" aria-label=${t("sign.in.way")}>${["account", "token"].map(
      (name) => html`<button type="button" class="plain" aria-pressed=${way.value === name} onClick=${() => ((way.value = name), (wrong.value = ""))}>${t(`sign.in.${name}`)}</button>`,
    )}</p>
    ${way.value === "account"
      ? html`<${Field} label=${t("email")}>${(tied) => html`<input ...${tied} name="email" type="email" required autocomplete="username" />`}<//>
          <${Field} label=${t("password")}>${(tied) => html`<input ...${tied} name="password" type="password" required autocomplete="current-password" />`}<//>`
      : html`<${Field} label=${t("token")} hint=${t("token.hint")}>${(tied) => html`<input ...${tied} name="secret" type="password" required autocomplete="off" spellcheck=${false} />`}<//>`}
    <label class="check"><input type="checkbox" name="stay" /> ${t("stay")}</label>
    <p class="error" role="alert">${wrong.value}</p>
    <button class="big" disabled=${busy.value}>${t("sign.in")}</button>
    <p class="second">${t("sign.in.none")} <a href="#/new">${t("sign.in.new")}</a></p>
    <p class="second">${t("sign.in.player")} <a href="/">${t("sign.in.join")}</a></p>
    <${Languages} />
  </form></main>`;
}

async function signIn(email, password, forGood) {
  const session = await call("POST", "/sessions", { body: { email, password }, as: "", key: requestKey() });
  await become(session.token, forGood);
}
