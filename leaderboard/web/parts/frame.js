/** What stands around every page: the line about the connection, what is said to those who hear, how the page behaves. */

import { html, signal } from "../html.js";
import { LANGUAGES, language, speak, t } from "../language.js";
import { ofDevice } from "./kept.js";

/** The thin line above everything, while the connection is lost. Everything else stays as it is. */
export function Line({ room }) {
  const lost = room.status.value === "offline" && t(room.state.value ? "line.lost" : "line.unreachable");
  return html`<p class="line" role="status">${lost}</p>`;
}

const saying = signal("");

/** Say this once to those who hear the page instead of seeing it. */
export const say = (text) => (saying.value = text);

export const Said = () => html`<p class="unseen" role="status">${saying.value}</p>`;

export function Languages() {
  const choose = ({ target }) => speak(target.value);
  return html`<select class="languages" aria-label=${t("language")} onChange=${choose}>
    ${Object.entries(LANGUAGES).map(([code, name]) => html`<option value=${code} selected=${code === language} lang=${code}>${name}</option>`)}
  </select>`;
}

const THEMES = ["auto", "light", "dark"];
const WORN = "leaderboard:theme";

/** Light, dark, or as the device has it. */
const theme = signal(THEMES.find((name) => name === ofDevice.get(WORN)) ?? "auto");

function wear(name) {
  theme.value = name;
  ofDevice.set(WORN, name);
  document.documentElement.dataset.theme = name;
}

wear(theme.value);

export function Themes(props) {
  return html`<select ...${props} onChange=${({ target }) => wear(target.value)}>
    ${THEMES.map((name) => html`<option value=${name} selected=${theme.value === name}>${t(`theme.${name}`)}</option>`)}
  </select>`;
}
