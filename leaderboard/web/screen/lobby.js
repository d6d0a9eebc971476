/** Before it begins: how to come in, and who is here. */

import { html, useEffect, useLayoutEffect, useRef, useSignal } from "../html.js";
import { t } from "../language.js";
import { read } from "../parts/door.js";
import { animate, moving } from "../parts/motion.js";
import { Code, JoinAt, Scan, useEntrance } from "./edges.js";
import { Coming } from "./question.js";
import { useFit } from "./fit.js";

const EVERY_MS = 1_000;
const PAGE = 100; // names that the server gives at once
const MOST = 200; // names on the screen
const POP_MS = 250;

export function Lobby({ room }) {
  const embedded = "embed" in document.documentElement.dataset;
  return html`<section class="lobby">
    ${!embedded && html`<${Entrance} room=${room} />`}
    <${Names} room=${room} />
  </section>`;
}

function Entrance({ room }) {
  const { url, reachable } = useEntrance(room);
  if (room.state.value.locked) return html`<div class="entrance"><h2>${t("screen.locked")}</h2><${Coming} room=${room} /></div>`;
  return html`<div class="entrance">
    <div><${JoinAt} url=${url} /><${Code} room=${room} />${!reachable && html`<p class="unreachable">${t("screen.unreachable")}</p>`}<${Coming} room=${room} /></div>
    ${reachable && html`<${Scan} room=${room} url=${url} />`}
  </div>`;
}

/** Everybody's card, as far as everybody may see them: the board message has only its first rows. */
function useNames(room) {
  const { rows, players, version } = room.board.value;
  const more = useSignal(null);
  const asked = useRef(0);
  const few = rows.length >= Math.min(players, MOST) || !rows.length;
  useEffect(() => {
    if (few) return undefined;
    const wait = Math.max(0, asked.current + EVERY_MS - performance.now());
    const timer = setTimeout(async () => ((asked.current = performance.now()), (more.value = (await named(room.quiz)) ?? more.value)), wait);
    return () => clearTimeout(timer);
  }, [few, version]);
  return few ? rows : more.value ?? rows;
}

/** Returns null if the server does not tell. */
async function named(quiz, cursor = "") {
  const query = new URLSearchParams({ limit: PAGE, ...(cursor && { cursor }) });
  const { rows, next } = await read(`quizzes/${encodeURIComponent(quiz)}/board?${query}`).catch(() => ({}));
  if (!rows) return null;
  const others = next && !cursor ? await named(quiz, next) : [];
  return [...rows, ...(others ?? [])].slice(0, MOST);
}

function Names({ room }) {
  const { players } = room.board.value;
  const rows = useNames(room);
  const box = useRef(null);
  const lost = useSignal(0);
  const ids = rows.map(({ id }) => id).join();
  const size = useFit(box, ids, [["", 65]]);
  useLayoutEffect(() => void (lost.value = beyond(box.current)), [ids, size]);
  const more = players - rows.length + lost.value;
  return html`<div class="who"><h2>${players ? t("screen.players", { n: players }) : t("screen.nobody")}</h2>
    <ul class="names" ref=${box} aria-label=${t("screen.names")}>${rows.map(({ id, name, online }) => html`<${Name} key=${id} name=${name} online=${online} />`)}</ul>
    <p class="more">${rows.length > 0 && more > 0 && t("screen.more", { n: more })}</p></div>`;
}

/** Hide those who lie below the edge of their box. Returns how many. */
function beyond(list) {
  const out = (name) => name.offsetTop + name.offsetHeight > list.clientHeight;
  const names = [...list.children].map((name) => [name, out(name)]);
  for (const [{ style }, hidden] of names) style.visibility = hidden ? "hidden" : "";
  return names.filter(([, hidden]) => hidden).length;
}

let begun = false; // those who were here before the page was do not come in now

function Name({ name, online }) {
  const node = useRef(null);
  useLayoutEffect(() => {
    if (begun && moving()) animate(node.current, [{ opacity: 0, transform: "scale(.6)" }, { opacity: 1, transform: "none" }], POP_MS);
    const timer = setTimeout(() => (begun = true));
    return () => clearTimeout(timer);
  }, []);
  return html`<li ref=${node} class=${online ? "" : "away"}><bdi>${name}</bdi></li>`;
}
