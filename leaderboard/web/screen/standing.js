/** The board beside the question, or alone: as many rows as there is room for. */

import { html, useRef } from "../html.js";
import { t } from "../language.js";
import { Board } from "../parts/board.js";
import { useSize } from "./fit.js";

const ROW_EM = 2.25; // the least that a row needs, with the gap
const COLUMNS = 3;

export function Standing({ room, standings, alone }) {
  const { rows, teams = [], hidden } = standings.shown.value;
  const { phase } = room.state.value;
  const box = useRef(null);
  const most = capacity(useSize(box).value);
  const forTeams = Math.min(teams.length, rows.length ? Math.ceil(most / 3) : most);
  const forPlayers = Math.max(0, most - forTeams - (forTeams ? 2 : 0)); // two lines say which is which
  const columns = alone && !forTeams ? Math.min(COLUMNS, Math.max(1, Math.ceil(rows.length / forPlayers))) : 1;
  const shown = rows.slice(0, forPlayers * columns);
  const lines = Math.ceil(shown.length / columns);
  return html`<section class="standing" data-columns=${shown.length || forTeams ? columns : 0} aria-label=${t("board")}>
    <p class="still">${hidden > 0 && phase === "question" && t("screen.hidden", { n: hidden })}</p>
    <div class="lists" ref=${box} style=${{ "--lines": Math.max(1, lines) }}>
      ${forTeams > 0 && html`<h2>${t("screen.teams")}</h2><${Board} class="board teams" rows=${teams.slice(0, forTeams)} label=${t("screen.teams")} />`}
      ${forTeams > 0 && shown.length > 0 && html`<h2>${t("screen.people")}</h2>`}
      <${Board} rows=${shown} before=${standings.before.value} />
    </div>
    <p class="more">${below(standings.shown.value, shown.length, room.state.value)}</p>
    <p class="event">${standings.event.value}</p>
  </section>`;
}

/** How many rows have room. */
const capacity = (size) => (size ? Math.max(1, Math.floor(size.split("x")[1] / ROW_EM)) : 0);

const ALONE = { near: "screen.near", own: "screen.own" };

/** What stands under the board. */
function below({ held, hidden, players }, shown, { correcting, frozen, privacy }) {
  if (held && (correcting || frozen)) return t(correcting ? "screen.correcting" : "screen.held");
  if (privacy in ALONE) return t(ALONE[privacy]);
  const more = players - hidden - shown;
  return more > 0 ? t("screen.more", { n: more }) : players ? "" : t("screen.nobody");
}
