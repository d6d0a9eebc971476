/** Ways to play that are set by one press, and what settings come to, in a few words. */

import { html } from "../../html.js";
import { t } from "../../language.js";
import { fitting } from "./applying.js";
import { usual } from "./schema.js";

const PRESETS = {
  classroom: {},
  calm: { rule: "flat", reanswer: "until_close", reveal: "close", ties: "shared" },
  teams: { team_score: "mean" },
  homework: { pacing: "self", rule: "flat", ties: "shared" },
};

/** What a way to play decides; all else stays as it is. */
const DECIDED = [...new Set(Object.values(PRESETS).flatMap(Object.keys))];

const inFull = (preset) => Object.fromEntries(DECIDED.map((name) => [name, preset[name] ?? usual("Settings", name)]));

export function Presets({ draft }) {
  const quiz = draft.quiz.value;
  const { settings } = quiz;
  return html`<div class="presets" role="group" aria-label=${t("presets")}>${Object.keys(PRESETS).map((name) => {
    const preset = inFull(PRESETS[name]);
    const worn = DECIDED.every((it) => preset[it] === settings[it]);
    const wear = () => draft.change({ ...quiz, settings: fitting({ ...settings, ...preset }, quiz) });
    return html`<button type="button" class="plain" aria-pressed=${worn} onClick=${wear}><b>${t(`preset.${name}`)}</b><span class="second">${t(`preset.${name}.about`)}</span></button>`;
  })}</div>`;
}

/** What is said of the settings that matter most; others only where they are not as usual. */
const SAID = ["pacing", "rule", "reanswer", "reveal", "team_score", "privacy", "names"];
const ALWAYS = ["pacing", "rule"];

export const described = (settings) =>
  SAID.filter((name) => ALWAYS.includes(name) || settings[name] !== usual("Settings", name)).map((name) => `${t(`Settings.${name}.${settings[name]}`)}.`).join(" ");
