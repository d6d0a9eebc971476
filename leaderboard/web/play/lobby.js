/** Before it begins: that one is in, who else is, and what comes. */

import { html } from "../html.js";
import { t } from "../language.js";
import { useNow } from "../parts/clock.js";
import { below, coming } from "./words.js";
import { ownId } from "./closed.js";

export function Lobby({ room, now, other }) {
  const [board, you, player] = [room.board.value, room.you.value, room.player.value];
  const time = useNow(room, now.next_at > 0, 250);
  const others = board.rows.filter(({ id }) => id !== ownId(room));
  const ours = board.rows.find(({ id }) => id === ownId(room))?.team;
  const team = ours && board.teams?.find(({ id }) => id === ours);
  return html`<section class="lobby">
    <p class="second">${t(you.waiting ? "not.in.yet" : "you.are.in")}</p>
    <h1 dir="auto">${player.name}</h1>
    ${team && html`<p>${t("team")}: <b><bdi>${team.name}</bdi></b></p>`}
    ${you.alias && html`<p>${t("alias", { name: you.alias.name })}</p>`}
    <p role="status">${you.waiting ? t("let.in") : coming(now, time.value)}</p>
    <p class="second"><bdi>${now.title}</bdi> · ${t("questions", { n: now.questions })}</p>
    <button type="button" class="plain quiet" onClick=${other}>${t("not.you")}</button>
    <h2>${t("players", { n: board.players })}</h2>
    <ul class="names">${others.map(({ id, name, online }) => html`<li key=${id} class=${online ? "card" : "card away"}><bdi>${name}</bdi></li>`)}</ul>
    <p class="second">${below(board, now)}</p>
  </section>`;
}
