/** Mystery boxes: what one costs and what it may bring, for each difficulty. */

import { html } from "../../html.js";
import { t } from "../../language.js";
import { LEVELS } from "./editing.js";
import { Num, saysOf } from "./fields.js";
import { blank } from "./schema.js";

const PRICES = ["price", "price_percent", "prize", "prize_percent"];
const FIRST = { price: 100, prize: 300 };

export function Boxes({ form }) {
  const { boxes } = form.it;
  const put = (level, box) => form.set("boxes", Object.fromEntries(LEVELS.map((it) => [it, it === level ? box : boxes[it]]).filter(([, it]) => it)));
  const flaws = form.flaws.filter(({ field }) => field === "boxes");
  return html`<p class="hint">${t("boxes.hint")}</p>${LEVELS.map((level) => {
    const box = boxes[level];
    const one = { kind: "Box", it: box, flaws: [], set: (name, value) => put(level, { ...box, [name]: value }) };
    return html`<label class="check"><input type="checkbox" checked=${Boolean(box)} onChange=${() => put(level, box ? null : { ...blank("Box"), ...FIRST })} /> ${t(`boxes.${level}`)}</label>
      ${box && html`<div class="beside">${PRICES.map((name) => html`<${Num} form=${one} name=${name} />`)}</div>`}`;
  })}${flaws.map((flaw) => html`<p class="error">${saysOf(flaw)}</p>`)}`;
}
