/** How somebody's points came about, in words. */

import { html } from "../../html.js";
import { number, signed, t } from "../../language.js";
import { because } from "../../parts/reasons.js";
import { call } from "../api.js";
import { Dialog } from "../parts.js";
import { useFetched, Waiting } from "./loading.js";

export function Why({ row, results, close }) {
  const { found, refusal, again } = useFetched(() => call("GET", `/quizzes/${results.quiz}/players/${encodeURIComponent(row.player)}/explanation`, { as: results.as }));
  return html`<${Dialog} title=${t("why.of", { name: row.name })} close=${close} wide>
    ${found.value
      ? html`<ol class="why">${found.value.lines.map((line) => html`<${Step} line=${line} results=${results} />`)}
          <li class="sum"><b>${t("why.total")}</b><b class="points">${number(found.value.total)}</b></li></ol>
          ${!found.value.complete && html`<p class="error">${t("why.incomplete")}</p>`}`
      : html`<${Waiting} refusal=${refusal.value} again=${again} />`}
  <//>`;
}

function Step({ line, results }) {
  const about = line.question === null ? null : results.content[line.question];
  return html`<li><div>
      ${about && html`<p>${t("question.nth", { question: line.question + 1 })} · <bdi class="second">${about.text}</bdi></p>`}
      <p class=${about ? "second" : ""}>${because(line.because)}</p>
    </div><b class=${`points${line.delta < 0 ? " bad" : ""}`}>${signed(line.delta)}</b></li>`;
}
