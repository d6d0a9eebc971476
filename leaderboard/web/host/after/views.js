/** A page with several views of one thing. The address names which, so that a reload shows the same one. */

import { html, useRef, useSignal } from "../../html.js";
import { t } from "../../language.js";
import { useFade } from "../../parts/motion.js";

/** @param views name → component  @param at the address of the page  @param given what each view gets */
export function Views({ views, at, ...given }) {
  const named = new URLSearchParams(location.hash.split("?")[1]).get("view");
  const view = useSignal(Object.hasOwn(views, named) ? named : Object.keys(views)[0]);
  const node = useRef(null);
  useFade(node, view.value);
  const show = (name) => {
    view.value = name;
    history.replaceState(null, "", `${at}?view=${name}`);
  };
  return html`<p class="tabs" role="group" aria-label=${t("views")}>${Object.keys(views).map(
      (name) => html`<button type="button" class="plain" aria-pressed=${view.value === name} onClick=${() => show(name)}>${t(`view.${name}`)}</button>`,
    )}</p>
    <section ref=${node} class="view" aria-labelledby="view"><h2 id="view" class="unseen">${t(`view.${view.value}`)}</h2><${views[view.value]} key=${view.value} ...${given} /></section>`;
}
