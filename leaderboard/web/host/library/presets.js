/** Ways to play that are set by one press, and what settings come to, in a few words. */

import { html } from "../../html.js";
import { t } from "../../language.js";
import { blank, equal, essence } from "./schema.js";

const PRESETS = {
  classroom: {},
  calm: { rule: "flat", reanswer: "until_close", reveal: "close", ties: "shared" },
  teams: { team_score: "mean" },
  homework: { pacing: "self", rule: "flat", ties: "shared" },
};

const wholly = (preset, { places }) => ({ ...blank("Settings"), places, ...preset });
const same = (one, other) => equal(essence("Settings", one), essence("Settings", other));

export function Presets({ settings, set }) {
  return html`<div class="presets" role="group" aria-label=${t("presets")}>${Object.entries(PRESETS).map(([name, preset]) => {
    const whole = wholly(preset, settings);
    return html`<button type="button" class="plain" aria-pressed=${same(whole, settings)} onClick=${() => set(whole)}><b>${t(`preset.${name}`)}</b><span class="second">${t(`preset.${name}.about`)}</span></button>`;
  })}</div>`;
}

/** What is said of the settings that matter most; others only where they are not as usual. */
const SAID = ["pacing", "rule", "reanswer", "reveal", "team_score", "privacy", "names"];
const ALWAYS = ["pacing", "rule"];

export const described = (settings) =>
  SAID.filter((name) => ALWAYS.includes(name) || !equal(settings[name], blank("Settings")[name])).map((name) => `${t(`Settings.${name}.${settings[name]}`)}.`).join(" ");
