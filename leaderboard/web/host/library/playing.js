/** Play a quiz of the library: how, and how many of its questions. */

import { html, useSignal } from "../../html.js";
import { t } from "../../language.js";
import { call, keepHost } from "../api.js";
import { Dialog, Do, Field } from "../parts.js";
import { NumberInput, saysOf } from "./fields.js";
import { useKey } from "./once.js";
import { Presets, described } from "./presets.js";
import { TeamNames } from "./settings.js";

const AT_ONCE = 500; // questions that are played one after the other
const DRAWN = 5_000;

/** @param toSettings leads to all the settings */
export function Playing({ draft, toSettings, close }) {
  const quiz = draft.quiz.value;
  const { settings } = quiz;
  const there = quiz.questions.length;
  const most = Math.min(there, settings.pacing === "draw" ? DRAWN : AT_ONCE);
  const pick = useSignal(most);
  const fits = there === 0 || (Number.isInteger(pick.value) && pick.value >= 1 && pick.value <= most);
  const { count, flaw } = draft.flawed.value;
  const key = useKey(JSON.stringify([pick.value, settings]));
  const play = async () => {
    if (!(await draft.save())) throw draft.refusal.value;
    const made = await call("POST", `/library/${draft.id}/play`, { body: pick.value < there ? { pick: pick.value } : {}, key });
    keepHost(made.id, made.host_token);
    location.hash = `#/quiz/${made.id}`;
  };
  return html`<${Dialog} title=${t("play.title", { title: quiz.title })} close=${close} wide>
    <${Presets} draft=${draft} />
    <p class="hint">${described(settings)}</p>
    ${settings.team_score !== "none" && html`<${TeamNames} draft=${draft} />`}
    ${there > 1 && html`<${Field} label=${t("pick")} hint=${t("pick.hint", { n: there })} error=${fits ? "" : t("flaw.between", { from: 1, to: most })}>
      ${(tied) => html`<${NumberInput} ...${tied} value=${pick.value} set=${(value) => (pick.value = value)} />`}<//>`}
    <p class="hint">${there ? "" : t("play.none")}</p>
    <p class="error" role="alert">${count ? saysOf(flaw) : ""}</p>
    <p class="buttons"><${Do} class="big" act=${play} disabled=${count > 0 || !fits}>${t("play.now")}<//>
    <button type="button" class="plain big" onClick=${toSettings}>${t("play.settings")}</button></p>
  <//>`;
}
