/** How people get in: the address, the code, the PIN, and whether anybody may. */

import { html, useEffect, useSignal } from "../../html.js";
import { t } from "../../language.js";
import { spaced } from "../../parts/codes.js";
import { Do } from "../parts.js";
import { Copy } from "./copy.js";

/** Where people join: {url, reachable}. Phones may know the server by another address than this page does. */
export const entranceOf = (desk) => desk.read("/entrance").catch(() => ({ url: `${location.origin}/?quiz=${desk.quiz}`, reachable: true }));

export function Entrance({ desk }) {
  const place = useSignal(null);
  useEffect(() => void entranceOf(desk).then((it) => (place.value = it)), []);
  const { pin } = desk.room.state.value;
  const { url, reachable } = place.value ?? {};
  return html`<div class="entrance">
    ${url && html`<img class="qr" src=${`/v1/quizzes/${desk.quiz}/entrance.svg`} alt=${t("entrance.qr", { url })} width="200" height="200" />`}
    <div>
      <p class="second">${url && t("entrance.at", { host: new URL(url).host })}</p>
      <p class="code big-code">${spaced(pin ?? desk.quiz)}</p>
      ${pin && html`<p class="second">${t("entrance.or")} <span class="code">${desk.quiz}</span></p>`}
      ${url && html`<${Copy} text=${url} label=${t("copy.link")} />`}
      ${reachable === false && html`<p class="bad">${t("entrance.unreachable")}</p>`}
      <${Doors} desk=${desk} />
    </div>
  </div>`;
}

/** Whether there is a PIN, and whether anybody may still come in. */
function Doors({ desk }) {
  const { pin, locked, phase } = desk.room.state.value;
  if (phase === "finished") return null;
  return html`<p class="verbs">
    <${Do} class="plain" act=${() => desk.do("pin", { on: pin === null })} disabled=${locked}>${t(pin === null ? "pin.on" : "pin.off")}<//>
    <${Do} class="plain" act=${() => desk.do("lock", { locked: !locked })}>${t(locked ? "unlock" : "lock")}<//>
  </p>`;
}
