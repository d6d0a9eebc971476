/** Who is in, who waits to be let in, who was removed. */

import { html, useEffect, useRef, useSignal } from "../../html.js";
import { listed, number, t } from "../../language.js";
import { Do, Field, tellWhy } from "../parts.js";
import { seldom } from "./desk.js";
import { Entrance } from "./entrance.js";

const PAGE = 100; // the most that the server gives
const LOOK_MS = 1_500;
const AGAIN_MS = 4_000; // of those who wait aside nothing is told
const MOST_ANEW = 500; // so many are read anew by themselves; more only when one has changed something

/** Names as one looks for them: without difference of case and accents. */
export const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** Pages of people until there are `wanted` of them, from where `list` ends. */
async function pages(desk, wanted, list = { rows: [], next: undefined }) {
  let { rows, next, ...heads } = list;
  while (next !== null && rows.length < wanted) {
    const page = await desk.read("/players", { limit: PAGE, cursor: next });
    ({ next, ...heads } = page);
    rows = [...rows, ...page.rows];
  }
  return { ...heads, rows, next };
}

/** The people read so far, and anew when somebody comes or goes. */
function usePeople(desk) {
  const list = useSignal(null);
  const read = useRef(null);
  const known = () => list.peek()?.rows.length ?? 0;
  read.current ??= seldom(LOOK_MS, () => pages(desk, Math.max(PAGE, known())).then((it) => (list.value = it), () => {}));
  const look = () => known() <= MOST_ANEW && !document.hidden && read.current();
  const { players, online } = desk.room.board.value;
  useEffect(() => void look(), [players, online, desk.room.state.value.version, desk.looked.value]);
  useEffect(() => {
    const timer = setInterval(look, AGAIN_MS);
    return () => (clearInterval(timer), read.current.stop());
  }, []);
  const more = (wanted) => pages(desk, wanted, list.value).then((it) => (list.value = it));
  return { list: list.value, more, again: read.current };
}

/** In the lobby: everybody's name. */
export function Names({ desk }) {
  const { list } = usePeople(desk);
  const there = (list?.rows ?? []).filter(({ removed }) => !removed);
  const { teams = [] } = desk.room.board.value;
  const look = ({ id, name }) => (desk.looked.value = { id, name });
  return html`<h2>${t("lobby.in", { n: list?.players ?? desk.room.board.value.players })}</h2>
    ${list?.aside > 0 && html`<${Aside} desk=${desk} n=${list.aside} />`}
    ${teams.length > 0 && html`<ul class="names" aria-label=${t("board.teams")}>${teams.map(({ id, name, players }) => html`<li key=${id} class="badge"><bdi>${name}</bdi> ${number(players)}</li>`)}</ul>`}
    ${there.length === 0 && html`<p class="second">${t("lobby.empty")}</p>`}
    <ul class="names">${there.map((row) => html`<li key=${row.id}><button type="button" class=${`plain${row.online ? "" : " away"}`} onClick=${() => look(row)}><bdi>${row.name}</bdi></button></li>`)}
    ${list?.next && html`<li class="second">${t("and.more", { n: list.players + list.aside - there.length })}</li>`}</ul>`;
}

const Aside = ({ desk, n, done }) => html`<p class="notable">${t("aside.n", { n })} <${Do} act=${() => desk.do("admit").then(done)}>${t("admit.all")}<//></p>`;

export function People({ desk, register }) {
  const { list, more, again } = usePeople(desk);
  const search = useSignal("");
  const looking = search.value.trim();
  useEffect(() => void (looking && list?.next && more(list.rows.length + PAGE).catch(tellWhy)), [looking, list]);
  if (!list) return html`<p class="second">${t("loading")}</p>`;
  const found = list.rows.filter(({ name }) => folded(name).includes(folded(looking)));
  const all = list.players + list.aside + list.removed;
  return html`<div class="stage"><section>
    <${Field} label=${t("people.search")}>${(tied) => html`<input ...${tied} type="search" dir="auto" value=${search.value} onInput=${({ target }) => (search.value = target.value)} />`}<//>
    <p class="second" role="status">${looking ? listed(t("people.found", { n: found.length }), list.next && t("people.looking", { seen: list.rows.length, all })) : listed(t("players", { n: list.players }), list.aside > 0 && t("aside.n", { n: list.aside }), list.removed > 0 && t("removed.n", { n: list.removed }))}</p>
    ${list.aside > 0 && html`<${Aside} desk=${desk} n=${list.aside} done=${again} />`}
    <ul class="list people">${found.map((row) => html`<${Person} key=${row.id} desk=${desk} row=${row} done=${again} />`)}</ul>
    ${!looking && list.next && html`<${Do} class="plain" act=${() => more(list.rows.length + PAGE)}>${t("people.more", { n: all - list.rows.length })}<//>`}
  </section><section class="card main"><h2>${t("entrance")}</h2><${Entrance} desk=${desk} />
    <p class="verbs"><button type="button" class="plain" onClick=${register}>${t("team.register")}</button></p></section></div>`;
}

function Person({ desk, row, done }) {
  const { id, name, points, online, aside, waiting, removed } = row;
  const state = removed ? "removed" : waiting ? "waiting" : aside ? "aside" : online ? "" : "away";
  return html`<li class=${`card${online ? "" : " away"}`}>
    <button type="button" class="name" disabled=${removed} onClick=${() => (desk.looked.value = { id, name })}><i class="dot" /> <bdi>${name}</bdi></button>
    ${state && html`<i class="badge">${t(`person.${state}`)}</i>`}<span class="points">${number(points)}</span>
    ${aside && html`<${Do} act=${() => desk.do("admit", { player: id }).then(done)} aria-label=${t("admit.name", { name })}>${t("admit")}<//>`}
  </li>`;
}
