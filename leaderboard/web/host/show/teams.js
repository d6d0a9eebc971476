/** Registered teams, and the questions that are drawn: who holds which. */

import { html, useEffect, useSignal } from "../../html.js";
import { beside, date, duration, listed, number, t } from "../../language.js";
import { useNow } from "../../parts/clock.js";
import { Dialog, Do, Field, sure, tell, tellWhy } from "../parts.js";
import { Copy } from "./copy.js";

const PAGE = 100;
const LOOK_MS = 2_000;

/** Whether any team is registered. */
export const hasTeams = (desk) => desk.read("/teams", { limit: 1 }).then(({ rows }) => rows.length > 0, () => false);

export function Teams({ desk }) {
  const drawing = desk.room.state.value.pacing === "draw";
  return html`<div class="stage">${drawing && html`<${Pool} desk=${desk} />`}<${Registered} desk=${desk} /></div>`;
}

function Registered({ desk }) {
  const list = useSignal({ rows: [], next: undefined });
  const edited = useSignal(null); // a team, or {} for a new one
  const given = useSignal(null); // {name, token}: shown once
  const read = async (from = { rows: [], next: undefined }) => {
    const page = await desk.read("/teams", { limit: PAGE, cursor: from.next });
    list.value = { rows: [...from.rows, ...page.rows], next: page.next };
  };
  const again = () => read().catch(tellWhy);
  useEffect(() => void again(), []);
  const shut = (team) => {
    edited.value = null;
    if (team?.token) given.value = team;
    if (team) again();
  };
  const renew = async (team) => (await sure(t("sure.team.token", { name: team.name }), { yes: t("team.token") })) && (given.value = { ...team, ...(await desk.send("POST", `/teams/${team.id}/token`)) });
  const remove = async (team) => (await sure(t("sure.remove", { name: team.name }), { yes: t("remove") })) && (await desk.send("DELETE", `/teams/${team.id}`), again());
  const { rows, next } = list.value;
  return html`<section><h2>${t("teams")}</h2>
    <p><button type="button" class="plain" onClick=${() => (edited.value = {})}>${t("team.register")}</button></p>
    ${rows.length === 0 && html`<p class="second">${t("teams.none")}</p>`}
    <ul class="list">${rows.map((team) => html`<li key=${team.id} class="card team">
      <span><b><bdi>${team.name}</bdi></b> <span class="second">${listed(t("points", { n: team.total }), team.members.length > 0 && beside(team.members), team.email)}</span></span>
      <span class="verbs"><button type="button" class="plain" onClick=${() => (edited.value = team)}>${t("change")}</button>
      <${Do} class="plain" act=${() => renew(team)}>${t("team.token")}<//><${Do} class="plain" act=${() => remove(team)}>${t("remove")}<//></span>
    </li>`)}</ul>
    ${next && html`<${Do} class="plain" act=${() => read(list.value)}>${t("more")}<//>`}
    ${edited.value && html`<${TeamForm} desk=${desk} team=${edited.value} close=${shut} />`}
    ${given.value && html`<${Dialog} title=${t("team.token.of", { name: given.value.name })} close=${() => (given.value = null)}><p>${t("team.token.hint")}</p><${Copy} text=${given.value.token} label=${t("team.token.of", { name: given.value.name })} /><//>`}
  </section>`;
}

/** A new team, or what is to be changed of one. */
function TeamForm({ desk, team, close }) {
  const submit = async (event) => {
    event.preventDefault();
    const { name, members, email, points } = event.target.elements;
    const fields = { name: name.value.trim(), members: members.value.split("\n").map((it) => it.trim()).filter(Boolean), email: email.value.trim(), points: Number(points.value) };
    const changed = Object.fromEntries(Object.entries(fields).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(team[key])));
    await (team.id ? desk.send("PATCH", `/teams/${team.id}`, changed) : desk.send("POST", "/teams", fields)).then((it) => (tell(t("saved")), close(it)), tellWhy);
  };
  return html`<${Dialog} title=${team.id ? team.name : t("team.register")} close=${() => close()}><form class="rows" onSubmit=${submit}>
    <${Field} label=${t("name")}>${(tied) => html`<input ...${tied} name="name" required maxlength="200" dir="auto" defaultValue=${team.name ?? ""} />`}<//>
    <${Field} label=${t("team.members")} hint=${t("team.members.hint")}>${(tied) => html`<textarea ...${tied} name="members" rows="5" dir="auto" defaultValue=${(team.members ?? []).join("\n")} />`}<//>
    <${Field} label=${t("team.email")} hint=${t("team.email.hint")}>${(tied) => html`<input ...${tied} name="email" type="email" maxlength="254" defaultValue=${team.email ?? ""} />`}<//>
    <${Field} label=${t("team.points")}>${(tied) => html`<input ...${tied} name="points" type="number" min="0" max="1000000" step="1" required defaultValue=${team.points ?? 1000} />`}<//>
    <p class="buttons"><button>${t("save")}</button></p>
  </form><//>`;
}

/** Which questions are free, and who holds which until when. */
function Pool({ desk }) {
  const pool = useSignal(null);
  useEffect(() => {
    const read = () => document.hidden || desk.read("/pool").then((it) => (pool.value = it), () => {});
    read();
    const timer = setInterval(read, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  if (!pool.value) return null;
  const { free, held, difficulties = {}, topics = {}, boxes = {}, holding = [] } = pool.value;
  const kinds = [...Object.entries(difficulties).map(([key, n]) => [t(`difficulty.${key}`), n]), ...Object.entries(topics)];
  return html`<section class="card main"><h2>${t("pool")}</h2>
    <p>${listed(t("pool.free", { n: free }), t("pool.held", { n: held }))}</p>
    ${kinds.length > 0 && html`<ul class="names">${kinds.map(([name, n]) => html`<li class="badge"><bdi>${name}</bdi> ${number(n)}</li>`)}</ul>`}
    ${Object.entries(boxes).map(([key, { price = 0, price_percent: percent = 0, prize = 0 }]) => html`<p class="second">${t("pool.box", { difficulty: t(`difficulty.${key}`), price: percent ? t("pool.percent", { points: price, percent }) : number(price), prize })}</p>`)}
    ${holding.length > 0 && html`<h3>${t("pool.holding")}</h3><ul class="list">${holding.map((it) => html`<${Holding} key=${it.player} desk=${desk} it=${it} />`)}</ul>`}
  </section>`;
}

function Holding({ desk, it: { player, question, sealed, until } }) {
  const now = useNow(desk.room, true, 1_000);
  const name = desk.room.board.value.rows.find(({ id }) => id === player)?.name ?? player;
  const text = desk.questions.value[question]?.text;
  const left = Math.ceil((until - now.value) / 1000);
  return html`<li class="card"><span class="holding"><button type="button" class="name" onClick=${() => (desk.looked.value = { id: player, name })}><bdi>${name}</bdi></button>
    <bdi>${listed(t("question.nth", { question: question + 1 }), text)}</bdi></span>
    <span class="second">${listed(sealed && t("pool.sealed"), left > 0 ? t("left", { time: duration(left) }) : date(until))}</span></li>`;
}
