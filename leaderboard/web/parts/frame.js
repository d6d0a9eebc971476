/** What stands around every page: the line about the connection, what is said to those who hear, how the page behaves. */

import { html, signal } from "../html.js";
import { LANGUAGES, language, speak, t } from "../language.js";

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

export const THEMES = ["auto", "light", "dark"];
const kept = (key, value) => {
  try {
    return value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value);
  } catch {
    return null; // a browser that keeps nothing
  }
};

/** Light, dark, or as the device has it. */
export const theme = signal(THEMES.includes(kept("leaderboard:theme")) ? kept("leaderboard:theme") : "auto");

export function wear(name) {
  theme.value = name;
  kept("leaderboard:theme", name);
  document.documentElement.dataset.theme = name;
}

wear(theme.value);
