/** Forms of the account's and the server's pages: each sends what is in its fields, and says beside them what is wrong. */

import { html, useSignal } from "../../html.js";
import { t, why } from "../../language.js";
import { Dialog, Field, tell } from "../parts.js";
import { Copy } from "../show/copy.js";

const ROLES = ["player", "host", "admin"];

/**
 * @param {Function} send is given the values of the form's fields by their names
 * @param {string} yes what the button says  @param {string} [done] what is told afterwards
 */
export function Form({ send, yes, done, children, label, danger = false }) {
  const [wrong, busy] = [useSignal(""), useSignal(false)];
  const submit = async (event) => {
    event.preventDefault();
    const form = event.target;
    busy.value = true;
    wrong.value = await send(Object.fromEntries(new FormData(form)), form).then(() => "", why);
    busy.value = false;
    if (!wrong.value && done) tell(done);
  };
  return html`<form class="fields" aria-label=${label} onSubmit=${submit}>${children}
    <p class="error" role="alert">${wrong.value}</p>
    <p class="buttons"><button class=${danger ? "danger" : ""} disabled=${busy.value}>${yes}</button></p></form>`;
}

/** A field of text. What else is given becomes attributes of it. */
export const Text = ({ label, hint, ...given }) => html`<${Field} label=${label} hint=${hint}>${(tied) => html`<input ...${tied} ...${given} />`}<//>`;

/** A field with a password of one's own, or of another one. */
export const Password = ({ label = t("password"), now = false, ...given }) =>
  html`<${Text} label=${label} type="password" required maxlength="128" minlength=${now ? undefined : 8} autocomplete=${now ? "current-password" : "new-password"} ...${given} />`;

/** One of several: first, and when the form is cleared, `value`. @param of value → what it is called */
export const Choice = ({ label, of, value, ...given }) =>
  html`<${Field} label=${label}>${(tied) => html`<select ...${tied} ...${given}>${of.map(([name, text]) => html`<option value=${name} defaultSelected=${name === value}>${text}</option>`)}</select>`}<//>`;

export const roles = (of = ROLES) => of.map((role) => [role, t(`role.${role}`)]);

/** Something that is shown this once, to be copied. */
export const Secret = ({ title, text, about, close }) => html`<${Dialog} title=${title} close=${close}><p>${about}</p><${Copy} text=${text} label=${title} /><//>`;
