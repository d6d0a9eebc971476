/** A window above the page. Escape and a press beside it close it; then the focus is where it was. */

import { html, useLayoutEffect, useRef } from "../html.js";
import { t } from "../language.js";

export function Dialog({ title, close, children, wide = false }) {
  const node = useRef(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    node.current.showModal();
    return () => before?.focus?.();
  }, []);
  const beside = ({ target }) => target === node.current && close();
  return html`<dialog ref=${node} class=${wide ? "wide" : ""} aria-label=${title} onClose=${close} onClick=${beside}>
    <div class="inside"><header><h2 dir="auto">${title}</h2><button type="button" class="plain close" aria-label=${t("close")} onClick=${close}>×</button></header>${children}</div>
  </dialog>`;
}
