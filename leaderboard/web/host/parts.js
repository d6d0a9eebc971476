/** What the studio's views are made of. */

import { html, signal, useRef, useSignal } from "../html.js";
import { t, why } from "../language.js";
import { Dialog } from "../parts/dialog.js";

export { Dialog };

let fields = 0;

/**
 * A field with its label, a hint, and what is wrong with it. `children` is called with the attributes that tie the control
 * to them: html`<${Field} label=…>${(tied) => html`<input ...${tied} />`}<//>`
 */
export function Field({ label, hint, error, children }) {
  const id = useRef(null);
  id.current ??= `field-${++fields}`;
  const about = [hint && `${id.current}-hint`, error && `${id.current}-error`].filter(Boolean).join(" ") || undefined;
  return html`<div class="field">
    <label for=${id.current}>${label}</label>
    ${children({ id: id.current, "aria-describedby": about, "aria-invalid": error ? "true" : undefined })}
    ${hint && html`<p class="hint" id=${`${id.current}-hint`}>${hint}</p>`}
    ${error && html`<p class="error" id=${`${id.current}-error`}>${error}</p>`}
  </div>`;
}

const asking = signal(null);

/** Ask before something that cannot be taken back. Resolves with whether to do it. */
export const sure = (question, { yes = t("yes"), danger = true } = {}) =>
  new Promise((resolve) => (asking.value = { question, yes, danger, resolve }));

export function Asking() {
  if (!asking.value) return null;
  const { question, yes, danger, resolve } = asking.value;
  const answer = (it) => () => ((asking.value = null), resolve(it));
  return html`<${Dialog} title=${question} close=${answer(false)}>
    <p class="buttons"><button type="button" class=${danger ? "danger" : ""} onClick=${answer(true)}>${yes}</button>
    <button type="button" class="plain" onClick=${answer(false)}>${t("cancel")}</button></p>
  <//>`;
}

const NOTICE_MS = 6_000;
const notice = signal(null); // {text, bad}
let passing = 0;

/** Tell what has happened, for a moment. */
export function tell(text, bad = false) {
  clearTimeout(passing);
  notice.value = { text, bad };
  passing = setTimeout(() => (notice.value = null), NOTICE_MS);
}

export const tellWhy = (refusal) => tell(why(refusal), true);

export const Notice = () => html`<p class=${`notice${notice.value?.bad ? " bad" : ""}`} role="status">${notice.value?.text}</p>`;

/** A button that does something on the server, once at a time, and tells why if that is refused. */
export function Do({ act, children, disabled, ...props }) {
  const busy = useSignal(false);
  const press = async () => {
    if (busy.value) return;
    busy.value = true;
    await Promise.resolve(act()).catch(tellWhy);
    busy.value = false;
  };
  return html`<button type="button" ...${props} disabled=${disabled || busy.value} onClick=${press}>${children}</button>`;
}
