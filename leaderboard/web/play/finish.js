/** The end: the podium, one's own place, and how one came there. */

import { html } from "../html.js";
import { ordinal, t } from "../language.js";
import { Podium } from "../parts/podium.js";
import { Standings } from "./closed.js";
import { standing } from "./place.js";
import { History } from "./why.js";

export function Finish({ room, quiz, token, now }) {
  const board = room.board.value;
  const { rank, points } = standing(room);
  const secret = board.hidden ? t("board.hidden", { n: board.hidden }) : board.held || now.frozen ? t("winners.hidden") : "";
  return html`<section class="finish">
    <h1 dir="auto">${rank ? t("you.are", { place: ordinal(rank) }) : t("finished")}</h1>
    <p class="second"><bdi>${now.title}</bdi> · ${t("points", { n: points })}</p>
    ${secret ? html`<p class="calm" role="status">${secret}</p>` : html`<${Podium} rows=${board.rows} />`}
    <${Standings} room=${room} now=${now} most=${10} />
    <section class="card own"><h2>${t("history")}</h2><${History} room=${room} quiz=${quiz} token=${token} /></section>
  </section>`;
}
