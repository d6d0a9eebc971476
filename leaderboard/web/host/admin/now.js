/** What goes on just now: nodes, quizzes, limits. */

import { html } from "../../html.js";
import { date, has, listed, number, t } from "../../language.js";
import { useFetched, Waiting } from "../after/loading.js";
import { call } from "../api.js";

const EVERY_MS = 3_000;

/** A part that is fetched again and again. */
function Part({ title, path, every = EVERY_MS, children }) {
  const { found, refusal, again } = useFetched(() => call("GET", path), every);
  return html`<section><h3>${title}</h3>${found.value ? children(found.value) : html`<${Waiting} refusal=${refusal.value} again=${again} />`}</section>`;
}

export const Now = () => html`
  <${Part} title=${t("nodes")} path="/admin/nodes">${({ nodes }) => html`<${Nodes} nodes=${nodes} />`}<//>
  <${Part} title=${t("running")} path="/admin/quizzes">${(quizzes) => html`<${Running} quizzes=${quizzes} />`}<//>
  <${Part} title=${t("limits")} path="/admin/limits">${(limits) => html`<${Limits} ...${limits} />`}<//>`;

const Table = ({ label, heads, children }) => html`<div class="scroll card" tabindex="0" role="region" aria-label=${label}><table>
  <thead><tr>${heads.map(([name, kind]) => html`<th scope="col" class=${kind}>${name}</th>`)}</tr></thead><tbody>${children}</tbody></table></div>`;

const Nodes = ({ nodes }) => html`<${Table} label=${t("nodes")} heads=${[[t("node")], [t("node.state")], [t("node.sockets"), "number"], [t("node.rooms"), "number"], [t("node.lag"), "number"], [t("node.since")]]}>${nodes.map(
  (it) => html`<tr key=${it.id}><th scope="row" class="who"><bdi>${it.name}</bdi><span class="second"> ${it.version}</span></th>
    <td><span class=${it.ready ? "good" : "bad"}>${t(it.ready ? "node.ready" : "node.unready")}</span></td>
    <td class="number">${number(it.sockets)}</td><td class="number">${number(it.rooms)}</td><td class="number">${t("ms", { n: Math.round(it.lag_ms) })}</td><td>${date(it.started_at)}</td></tr>`,
)}<//>`;

function Running({ quizzes }) {
  if (!quizzes.length) return html`<p class="second">${t("running.none")}</p>`;
  return html`<${Table} label=${t("running")} heads=${[[t("quiz")], [t("node.state")], [t("running.players"), "number"], [t("running.here"), "number"], [t("node.sockets"), "number"]]}>${quizzes.map(
    (it) => html`<tr key=${it.quiz}><th scope="row" class="who"><a href=${`#/quiz/${it.quiz}`}><bdi>${it.title}</bdi></a> <span class="code">${it.quiz}</span><p class="second">${listed(...it.nodes)}</p></th>
      <td>${t(`phase.${it.phase}`)}</td><td class="number">${number(it.players)}</td><td class="number">${number(it.online)}</td><td class="number">${number(it.sockets)}</td></tr>`,
  )}<//>`;
}

/** What a server of a later version counts too goes by its own name. */
const called = (kind, name) => (has(`${kind}.${name}`) ? t(`${kind}.${name}`) : name);

function Limits({ node, caps, rates, library_mb, sign_up }) {
  return html`<p class="second">${t("limits.of", { node })}</p>
    <ul class="cards caps">${caps.map(
      ({ name, most, used }) => html`<li class="card" key=${name}><b>${called("cap", name)}</b><p>${t("cap.used", { used, most })}</p>
        <span class="track" aria-hidden="true"><i style=${{ transform: `scaleX(${Math.min(1, used / Math.max(1, most))})` }} /></span></li>`,
    )}</ul>
    <p>${t("limits.library", { mb: library_mb })} ${t(`limits.sign_up.${sign_up}`)}</p>
    ${rates.length ? html`<details><summary>${t("rates")}</summary><ul class="lines card">${rates.map(
      ({ name, requests, seconds }) => html`<li key=${name}><span>${called("rate", name)}</span><b>${t("rate", { requests, seconds })}</b></li>`,
    )}</ul></details>` : html`<p>${t("rates.off")}</p>`}`;
}
