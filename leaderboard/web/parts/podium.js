/** The first three, the winner in the middle. */

import { html } from "../html.js";
import { number, t } from "../language.js";

/** @param rows as in the board message; equals stand beside each other */
export function Podium({ rows }) {
  return html`<ol class="podium">
    ${rows.slice(0, 3).map(
      ({ id, name, points, rank }, i) => html`<li key=${id} class=${`step place${i + 1}`}>
        <bdi class="name">${name}</bdi><span class="points">${t("points", { n: points })}</span><b>${number(rank)}</b>
      </li>`,
    )}
  </ol>`;
}
