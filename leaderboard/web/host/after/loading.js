/** What views fetch: once, every few seconds while somebody looks, or as a list that comes in pages. */

import { batch, html, useEffect, useRef, useSignal } from "../../html.js";
import { number, t, why } from "../../language.js";
import { Do } from "../parts.js";

const LONG_MS = 300_000;

/** For what takes its time: the results of ten thousand players, above all as a workbook. */
export const patiently = () => ({ signal: AbortSignal.timeout?.(LONG_MS) });

/**
 * Fetch something when the view comes. Returns {found, refusal: signals, again}.
 * @param {number} [every] ms after which it is fetched again; not while the page is hidden
 */
export function useFetched(get, every) {
  const [found, refusal] = [useSignal(null), useSignal(null)];
  const again = () =>
    get().then(
      (it) => batch(() => ((found.value = it), (refusal.value = null))),
      (it) => void (refusal.value = it),
    );
  useEffect(() => repeat(again, every), []);
  return { found, refusal, again };
}

/** Returns what ends it. */
function repeat(act, every) {
  let timer = 0;
  const round = async () => {
    clearTimeout(timer);
    timer = -1;
    if (!document.hidden) await act();
    if (timer === -1 && every) timer = setTimeout(round, every);
  };
  const back = () => every && !document.hidden && timer > 0 && round();
  document.addEventListener("visibilitychange", back);
  round();
  return () => {
    clearTimeout(timer);
    timer = 0;
    document.removeEventListener("visibilitychange", back);
  };
}

/** A list that comes in pages: `get(cursor)` gives {rows, next}. Returns {rows, next: signals, more, anew}. */
export function usePaged(get) {
  const [rows, next, refusal] = [useSignal(null), useSignal(""), useSignal(null)];
  const round = useRef(0);
  const fetch = async (cursor, before) => {
    const own = ++round.current;
    const page = await get(cursor);
    if (own === round.current) batch(() => ((rows.value = [...before, ...page.rows]), (next.value = page.next), (refusal.value = null)));
  };
  const anew = () => fetch("", []).catch((it) => void (refusal.value = it));
  useEffect(() => void anew(), []);
  return { rows, next, refusal, anew, more: () => fetch(next.value, rows.value) };
}

/** Below such a list: what goes on with it. */
export const More = ({ list }) => list.next.value && html`<p class="buttons"><${Do} class="plain" act=${list.more}>${t("more")}<//></p>`;

/** In the place of what has not come: that it is on its way, or why it does not come. */
export function Waiting({ refusal, again }) {
  if (!refusal) return html`<p class="second" role="status">${t("loading")}</p>`;
  return html`<div class="refused" role="alert"><p class="error">${why(refusal)}</p>${again && html`<p class="buttons"><${Do} class="plain" act=${again}>${t("again")}<//></p>`}</div>`;
}

/** Which of many rows are shown. @param page a signal, from 0 */
export function Pages({ page, of, label }) {
  if (of < 2) return null;
  const turn = (by) => html`<button type="button" class="plain" disabled=${page.value + by < 0 || page.value + by >= of} onClick=${() => (page.value += by)}>${t(by < 0 ? "page.before" : "page.next")}</button>`;
  return html`<nav class="pages" aria-label=${label}>${turn(-1)}<span aria-live="polite">${t("page.of", { page: number(page.value + 1), of: number(of) })}</span>${turn(1)}</nav>`;
}
