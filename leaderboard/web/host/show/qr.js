/** A text as a QR code, drawn here: what is in it is nobody else's business, and stands in no address. */

import { html, useEffect, useSignal } from "../../html.js";

const QUIET = 4; // modules of white around it

export function Qr({ text, label }) {
  const code = useSignal(null);
  useEffect(() => void import("../../vendor/uqr/uqr.mjs").then(({ encode }) => (code.value = encode(text, { border: QUIET }))), [text]);
  if (!code.value) return null;
  const { size, data } = code.value;
  const dark = data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return html`<svg class="qr" viewBox=${`0 0 ${size} ${size}`} role="img" aria-label=${label} shape-rendering="crispEdges">
    <rect width=${size} height=${size} fill="#fff" /><path d=${dark} fill="#14213d" />
  </svg>`;
}
