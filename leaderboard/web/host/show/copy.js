/** Text to be taken elsewhere: copied, or shared where the device can do that. */

import { html, useRef, useSignal } from "../../html.js";
import { t } from "../../language.js";

const DONE_MS = 2_000;

/** `about`: what is shared, in words; without it there is no button for that. */
export function Copy({ text, label, about }) {
  const field = useRef(null);
  const done = useSignal(false);
  const copy = async () => {
    field.current.select();
    await (navigator.clipboard?.writeText(text) ?? Promise.reject()).catch(() => document.execCommand("copy")); // no clipboard without TLS
    done.value = true;
    setTimeout(() => (done.value = false), DONE_MS);
  };
  const share = () => navigator.share({ title: about, url: text }).catch(() => {}); // they thought better of it
  return html`<div class="copy">
    <input ref=${field} readonly value=${text} aria-label=${label} dir="ltr" onFocus=${({ target }) => target.select()} />
    <button type="button" class="plain" onClick=${copy}>${t(done.value ? "copied" : "copy")}</button>
    ${about && navigator.share && html`<button type="button" class="plain" onClick=${share}>${t("share")}</button>`}
  </div>`;
}
