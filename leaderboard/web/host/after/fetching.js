/** What is drawn from the ledger, once it is here. */

import { html, useEffect } from "../../html.js";
import { t } from "../../language.js";
import { Waiting } from "./loading.js";

export function Fetching({ ledger, children }) {
  useEffect(() => void ledger.begin(), [ledger]);
  if (ledger.refusal.value) return html`<${Waiting} refusal=${ledger.refusal.value} again=${() => ledger.begin()} />`;
  if (!ledger.whole.value) return html`<p class="second" role="status">${t("ledger.coming", { n: ledger.length.value })}</p>`;
  if (!ledger.replay.length) return html`<p class="second">${t("ledger.empty")}</p>`;
  return children();
}
