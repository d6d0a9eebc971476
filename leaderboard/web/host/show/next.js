/** The one large button, and the keys that press it. */

import { html, useEffect, useRef, useSignal } from "../../html.js";
import { t } from "../../language.js";
import { sure, tellWhy } from "../parts.js";
import { coming } from "./coming.js";

const CALM_MS = 700; // a press so soon after the button has changed was meant for what stood there before
const KEYS = new Set([" ", "ArrowRight", "PageDown"]); // remotes for slides send the last one

export function Next({ desk, keys }) {
  const { room } = desk;
  const busy = useSignal(false);
  const step = coming(room.state.value, room.board.value, desk.next.value);
  const press = useCalm(step, async () => {
    if (step.page) location.hash = `#/quiz/${desk.quiz}/${step.page}`;
    if (busy.value || !step.verb) return;
    if (step.sure && !(await sure(t(`sure.${step.verb}`), { yes: t(step.label, step.values), danger: false }))) return;
    busy.value = true;
    await desk.do(step.verb, step.fields).catch(tellWhy);
    busy.value = false;
  });
  useKeys(keys && press);
  const idle = busy.value || !(step.verb || step.page);
  return html`<button type="button" class="big next" aria-disabled=${idle} onClick=${press}>${t(step.label, step.values)}</button>`;
}

/** The same act, deaf for a moment after it has become another one. */
function useCalm(step, act) {
  const meant = JSON.stringify([step.verb, step.fields, step.page]);
  const known = useRef({ meant, at: -Infinity });
  if (known.current.meant !== meant) known.current = { meant, at: performance.now() };
  return () => performance.now() - known.current.at > CALM_MS && act();
}

/** Keys belong to a field or a window that has the focus, and space to the button that has it. */
function useKeys(press) {
  const now = useRef(press);
  now.current = press;
  useEffect(() => {
    const hear = (event) => {
      if (!now.current || !KEYS.has(event.key) || taken(event)) return;
      event.preventDefault();
      if (!event.repeat) now.current();
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  }, []);
}

function taken({ key, target, ctrlKey, metaKey, altKey, shiftKey }) {
  if (ctrlKey || metaKey || altKey || shiftKey || document.querySelector("dialog[open]")) return true;
  return Boolean(target.closest?.(key === " " ? "input, select, textarea, audio, button, a, summary" : "input, select, textarea, audio"));
}
