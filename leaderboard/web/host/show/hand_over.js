/** Another device or person as the host: a link that is as good as this page. */

import { html, useSignal } from "../../html.js";
import { t } from "../../language.js";
import { Dialog, Do } from "../parts.js";
import { Copy } from "./copy.js";
import { entranceOf } from "./entrance.js";
import { Qr } from "./qr.js";

export function HandOver({ desk, close }) {
  const link = useSignal("");
  const make = async () => {
    const [{ host_token }, { url }] = await Promise.all([desk.send("POST", "/hosts"), entranceOf(desk)]);
    link.value = `${new URL(url).origin}/host#/quiz/${desk.quiz}/token/${host_token}`;
  };
  return html`<${Dialog} title=${t("hand.over")} close=${close}>
    <p>${t("hand.over.hint")}</p>
    ${link.value
      ? html`<${Qr} text=${link.value} label=${t("hand.over.qr")} /><${Copy} text=${link.value} label=${t("hand.over.link")} about=${t("hand.over")} /><p class="second">${t("hand.over.secret")}</p>`
      : html`<p class="buttons"><${Do} class="big" act=${make}>${t("hand.over.make")}<//></p>`}
  <//>`;
}
