/** The jury: other right answers, with a preview, and everything that has been corrected, to be taken back. */

import { html, useEffect, useSignal } from "../../html.js";
import { date, listed, signed, t, why } from "../../language.js";
import { requestKey } from "../api.js";
import { Dialog, Do, Field, tellWhy } from "../parts.js";
import { changes, KeyFields, startOf } from "./key.js";

const PREVIEW_MS = 300;

/** @param {{number: number, question: object, solution: {answer: array, void?: boolean}, close: () => void}} props the question and its present key */
export function Regrade({ desk, number, question, solution, close }) {
  const wanted = useSignal(startOf(solution));
  const seen = useSignal({}); // {forecast} or {wrong}
  const reason = useSignal("");
  const change = changes(question, solution, wanted.value);
  const asked = JSON.stringify(change);
  useEffect(() => preview(desk, number, change, seen), [asked]);
  const submit = async (event) => {
    event.preventDefault();
    const { revision } = seen.value.forecast;
    const done = await desk.send("POST", "/correct", { id: requestKey(), question: number, reason: reason.value.trim(), ...change, revision }).then(() => true, tellWhy);
    if (done) close();
  };
  return html`<${Dialog} title=${t("regrade.title", { question: number + 1 })} close=${close}>
    <p dir="auto">${question.text}</p>
    <form class="rows" onSubmit=${submit}>
      <${KeyFields} question=${question} wanted=${wanted} />
      <${Field} label=${t("reason")} hint=${t("reason.public")}>${(tied) => html`<input ...${tied} required maxlength="200" dir="auto" value=${reason.value} onInput=${({ target }) => (reason.value = target.value)} />`}<//>
      <${Forecast} seen=${seen.value} unchanged=${!change} />
      <p class="buttons"><button disabled=${!change || !seen.value.forecast || !reason.value.trim()}>${t("regrade.do")}</button>
      <button type="button" class="plain" onClick=${close}>${t("cancel")}</button></p>
    </form>
  <//>`;
}

/** Ask what it would do, a moment after the last change. Returns what stops that. */
function preview(desk, number, change, seen) {
  seen.value = {};
  if (!change) return undefined;
  let current = true;
  const ask = () => desk.send("POST", "/preview", { question: number, ...change }).then((forecast) => ({ forecast }), (refusal) => ({ wrong: why(refusal) }));
  const timer = setTimeout(async () => {
    const found = await ask();
    if (current) seen.value = found;
  }, PREVIEW_MS);
  return () => {
    current = false;
    clearTimeout(timer);
  };
}

function Forecast({ seen: { forecast, wrong }, unchanged }) {
  const lead = ({ leader, leader_then: then }) => then && t(leader?.id === then.id ? "preview.leader.same" : "preview.leader", { name: then.name, points: then.points });
  const text = unchanged ? t("preview.unchanged") : wrong ?? (forecast ? listed(t("preview.changed", { n: forecast.changed }), lead(forecast)) : t("loading"));
  return html`<p class=${`preview${wrong ? " error" : ""}`} role="status">${text}</p>`;
}

/** What was corrected last, with the way back. One that takes another back has none. */
export function LastCorrection({ desk }) {
  const { correction, correcting } = desk.room.state.value;
  if (correcting) return html`<p class="notable" role="status">${t("correcting")}</p>`;
  if (!correction) return null;
  return html`<p class="notable">${told(correction)} ${correction.undoes === undefined && html`<${Undo} desk=${desk} number=${correction.number} />`}</p>`;
}

const told = ({ kind, question, undoes, points, reason }, name) =>
  listed(
    undoes === undefined ? t(`correction.${kind}`, { question: (question ?? 0) + 1, name, points: signed(points ?? 0) }) : t("correction.undo", { number: undoes }),
    t("quoted", { text: reason }),
  );

const Undo = ({ desk, number }) => html`<${Do} class="plain small" act=${() => desk.send("POST", "/undo", { id: requestKey(), correction: number })}>${t("undo")}<//>`;

/** All questions that were played, and all corrections, the last one first. */
export function Jury({ desk }) {
  const found = useSignal(null);
  const chosen = useSignal(null);
  const { state, board } = desk.room;
  const { correction, phase, question, epoch } = state.value;
  const moment = [epoch, phase, question?.number, correction?.number, state.value.correcting].join();
  const read = () => desk.read("/results").then((results) => (found.value = results), tellWhy);
  useEffect(() => void read(), [moment]);
  if (!found.value) return html`<p class="second">${t("loading")}</p>`;
  const { content, keys, rounds, corrections, rows } = found.value;
  const open = phase === "question" ? question.number : -1;
  const names = new Map(rows.map((row) => [row.player, row.name]));
  const undone = new Set(corrections.map(({ undoes }) => undoes));
  return html`<div class="stage"><section><h2>${t("jury.questions")}</h2>
      ${rounds.length === 0 && html`<p class="second">${t("jury.none")}</p>`}
      <ol class="list">${rounds.map((n) => html`<li key=${n} class="card">
        <span><b>${t("question.nth", { question: n + 1 })}</b> <bdi>${content[n].text}</bdi> ${keys[n].void && html`<i class="badge">${t("void")}</i>`}</span>
        ${content[n].type !== "poll" && html`<button type="button" class="plain" disabled=${n === open} onClick=${() => (chosen.value = n)}>${t("regrade")}</button>`}
      </li>`)}</ol></section>
    <section><h2>${t("jury.corrections")}</h2>
      ${state.value.correcting && html`<p class="notable" role="status">${t("correcting")}</p>`}
      ${corrections.length === 0 && html`<p class="second">${t("jury.no.corrections")}</p>`}
      <ol class="list">${[...corrections].reverse().map((it) => html`<li key=${it.number} class="card">
        <span><b>${it.number}</b> ${told(it, names.get(it.player) ?? "?")} <span class="second">${date(it.at)}</span></span>
        ${undone.has(it.number) ? html`<i class="badge">${t("undone")}</i>` : it.undoes === undefined && html`<${Do} class="plain" act=${() => desk.send("POST", "/undo", { id: requestKey(), correction: it.number }).then(read)}>${t("undo")}<//>`}
      </li>`)}</ol></section>
    ${chosen.value !== null && html`<${Regrade} desk=${desk} number=${chosen.value} question=${content[chosen.value]} solution=${keys[chosen.value]} close=${() => (chosen.value = null)} />`}
  </div>`;
}
