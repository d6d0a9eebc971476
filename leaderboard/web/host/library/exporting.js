/** A quiz as a file, and what each form of file leaves out. */

import { html, useEffect, useSignal } from "../../html.js";
import { t, why } from "../../language.js";
import { call, save } from "../api.js";
import { Dialog, Do } from "../parts.js";

const FORMATS = { toml: "toml", json: "json", csv: "csv", gift: "gift", kahoot: "xlsx" };
const SHOWN = 50;

async function download({ id, title }, format) {
  const reply = await call("GET", `/library/${id}/export`, { query: { format }, raw: true });
  const name = title.replace(/[^\p{L}\p{N} _-]/gu, "").trim() || "quiz";
  save(await reply.blob(), `${name}.${FORMATS[format]}`);
}

export function Exporting({ entry, close }) {
  const format = useSignal("toml");
  const left = useSignal(null); // sentences
  const wrong = useSignal("");
  useEffect(() => {
    let current = true;
    const show = ({ left_out }) => current && (left.value = left_out);
    [left.value, wrong.value] = [null, ""];
    call("GET", `/library/${entry.id}/export`, { query: { format: format.value, dry_run: true } }).then(show, (refusal) => current && (wrong.value = why(refusal)));
    return () => (current = false);
  }, [format.value]);
  return html`<${Dialog} title=${t("export.title", { title: entry.title })} close=${close}>
    <fieldset class="options"><legend>${t("export.format")}</legend>
      ${Object.keys(FORMATS).map((name) => html`<label class="check"><input type="radio" name="format" checked=${format.value === name} onChange=${() => (format.value = name)} /> <span><b>${t(`export.${name}`)}</b> <span class="second">${t(`export.${name}.about`)}</span></span></label>`)}
    </fieldset>
    <div aria-live="polite">${left.value && (left.value.length ? html`<p>${t("left.out", { n: left.value.length })}</p><ul class="remarks">${left.value.slice(0, SHOWN).map((text) => html`<li dir="auto">${text}</li>`)}</ul>` : html`<p class="good">${t("left.nothing")}</p>`)}</div>
    <p class="error" role="alert">${wrong.value}</p>
    <p class="buttons"><${Do} act=${() => download(entry, format.value)}>${t("export.now")}<//></p>
  <//>`;
}
