/** What a closed question brought, and the board as it stands. */

import { html } from "../html.js";
import { signed, t } from "../language.js";
import { Board } from "../parts/board.js";
import { Count } from "../parts/motion.js";
import { answered, below, further, verdict } from "./words.js";

const TOP = 5;

/** Right or not, in a word and a sign. Who hears it hears the points once, and not as they count up. */
export function Verdict({ now, mine, you }) {
  const result = you.result?.question === now.question.number ? you.result : undefined;
  const { tone, sign, text, points } = verdict(now, mine, result);
  const more = further(result);
  if (!text && !points && !more) return null;
  return html`<div class=${`verdict card ${tone}`} role="status">
    ${sign && html`<span class="sign" aria-hidden="true">${sign}</span>`}
    <p><b>${text}</b>${more && html`<span class="second">${more}</span>`}</p>
    ${points ? html`<span class="won"><span aria-hidden="true">${points > 0 ? "+" : ""}<${Count} value=${points} from=${0} /></span><span class="unseen">${signed(points)}</span></span>` : null}
  </div>`;
}

/** The ID that one has on the board. */
export const ownId = (room) => room.you.value?.alias?.id ?? room.player.value?.id;

/** The best, or with privacy "near" those around oneself; teams first where there are any. */
export function Standings({ room, now, before, most = TOP, answered: counted }) {
  const [board, you] = [room.board.value, room.you.value];
  const rows = you?.near ?? board.rows.slice(0, most);
  const more = below({ ...board, rows }, now);
  return html`<section class="standings">
    <h2>${t(now.privacy === "near" ? "board.around" : "board.top")}</h2>
    ${counted && html`<p class="second">${answered(now, board.answered, board.players)}</p>`}
    ${board.hidden > 0 && html`<p class="second">${t("board.hidden", { n: board.hidden })}</p>`}
    ${board.teams?.length > 0 && html`<${Board} class="board teams" rows=${board.teams.slice(0, most)} mine=${board.rows.find(({ id }) => id === ownId(room))?.team} label=${t("teams")} />`}
    ${rows.length > 0 && html`<${Board} rows=${rows} mine=${ownId(room)} before=${you?.near ? undefined : before} />`}
    <p class="second">${more}</p>
  </section>`;
}
