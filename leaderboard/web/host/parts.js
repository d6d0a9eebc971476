/** What the studio's views are made of. */

import { html, signal, useLayoutEffect, useRef, useSignal } from "../html.js";
import { t, why } from "../language.js";
import { Dialog as Window } from "../parts/dialog.js";

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

const windows = signal(0);

/** It stands in the window that is above all others: nobody sees or hears what is below one. */
export function Notice({ height = 0 }) {
  const { text, bad } = (height === windows.value && notice.value) || {};
  return html`<p class=${`notice${bad ? " bad" : ""}`} role="status">${text}</p>`;
}

export function Dialog({ children, ...props }) {
  const height = useRef(windows.peek() + 1);
  useLayoutEffect(() => {
    windows.value += 1;
    return () => void (windows.value -= 1);
  }, []);
  return html`<${Window} ...${props}>${children}<${Notice} height=${height.current} /><//>`;
}

/** The same act, once at a time: presses meanwhile do nothing. If it is refused, that is told. Returns it, and whether it is under way. */
export function useOnce(act) {
  const busy = useSignal(false);
  const run = async (event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    try {
      await act(event);
    } catch (refusal) {
      tellWhy(refusal);
    }
    busy.value = false;
  };
  return [run, busy.value];
}

/** Who was on something that is there no more goes on from the top of the view, and not of the page. */
function toView() {
  if (document.activeElement !== document.body) return;
  const view = document.querySelector("dialog[open], main");
  if (view) view.tabIndex = -1;
  view?.focus({ preventScroll: true });
}

/** A button that does something on the server. It keeps the focus meanwhile, which none has that is disabled. */
export function Do({ act, children, disabled, ...props }) {
  const node = useRef(null);
  const [press, busy] = useOnce(act);
  useLayoutEffect(() => () => void (document.activeElement === node.current && setTimeout(toView)), []);
  return html`<button type="button" ref=${node} ...${props} disabled=${disabled} aria-disabled=${busy ? "true" : undefined} onClick=${press}>${children}</button>`;
}
