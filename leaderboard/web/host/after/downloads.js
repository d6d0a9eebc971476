/** Results and the quiz as files. */

import { html, useSignal } from "../../html.js";
import { t } from "../../language.js";
import { call, save } from "../api.js";
import { Dialog, Do } from "../parts.js";
import { patiently } from "./loading.js";

/** What it is called here, where it comes from, and how its name ends. */
const FILES = [
  ["csv", "results", { format: "csv" }, "results.csv"],
  ["xlsx", "results", { format: "xlsx" }, "results.xlsx"],
  ["json", "export", { format: "json" }, "json"],
  ["toml", "export", { format: "toml" }, "toml"],
  ["sheet", "export", { format: "csv" }, "questions.csv"],
  ["gift", "export", { format: "gift" }, "gift"],
  ["kahoot", "export", { format: "kahoot" }, "kahoot.xlsx"],
];

export function Downloads({ results }) {
  const open = useSignal(false);
  return html`<button type="button" onClick=${() => (open.value = true)}>${t("download")}</button>
    ${open.value && html`<${Dialog} title=${t("download")} close=${() => (open.value = false)}><${Files} ...${results} /><//>`}`;
}

function Files({ quiz, as }) {
  const left = useSignal([]);
  const fetchFile = async (path, query, suffix) => {
    left.value = path === "export" ? (await call("GET", `/quizzes/${quiz}/export`, { as, query: { ...query, dry_run: true } })).left_out : [];
    const reply = await call("GET", `/quizzes/${quiz}/${path}`, { as, query, raw: true, ...patiently() });
    save(await reply.blob(), `${quiz}-${suffix}`);
  };
  return html`<ul class="files">${FILES.map(
    ([name, path, query, suffix]) => html`<li><div><b>${t(`file.${name}`)}</b><p class="second">${t(`file.${name}.about`)}</p></div>
      <${Do} class="plain" aria-label=${t("file.save", { file: t(`file.${name}`) })} act=${() => fetchFile(path, query, suffix)}>${t("save")}<//></li>`,
  )}</ul>
  ${left.value.length > 0 && html`<div role="status"><p>${t("file.left")}</p><ul class="left">${left.value.map((it) => html`<li dir="auto">${it}</li>`)}</ul></div>`}`;
}
