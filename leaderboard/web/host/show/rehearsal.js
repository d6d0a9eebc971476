/** The rehearsal: simulated players play this quiz against this very server, and it is told what it holds. */

import { html, useEffect, useRef, useSignal } from "../../html.js";
import { number, percent, t, why } from "../../language.js";
import { call } from "../api.js";
import { Dialog, Field } from "../parts.js";

const MOST = 5_000;

/** Each line of a reply, as soon as it is there. */
export async function* lines(body) {
  let rest = "";
  for await (const piece of pieces(body.pipeThrough(new TextDecoderStream()).getReader())) {
    const found = (rest + piece).split("\n");
    rest = found.pop();
    for (const line of found) if (line.trim()) yield JSON.parse(line);
  }
  if (rest.trim()) yield JSON.parse(rest);
}

async function* pieces(reader) {
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) yield value;
}

export function Rehearsal({ desk, close }) {
  const players = useSignal("100");
  const line = useSignal(null); // the last one
  const stop = useRef(null);
  useEffect(() => () => stop.current?.abort(), []);
  const running = line.value && line.value.step !== "done" && line.value.step !== "failed";
  const start = async (event) => {
    event.preventDefault();
    stop.current = new AbortController();
    line.value = { step: "begins" };
    await play(desk, Number(players.value), stop.current.signal, line).catch((refusal) => (line.value = { step: "failed", ...failure(refusal) }));
  };
  return html`<${Dialog} title=${t("rehearse")} close=${close}>
    <p>${t("rehearsal.hint")}</p>
    <form class="one" onSubmit=${start}>
      <${Field} label=${t("rehearsal.players")} hint=${t("rehearsal.most", { most: MOST })}>${(tied) => html`<input ...${tied} type="number" min="1" max=${MOST} step="1" required value=${players.value} onInput=${({ target }) => (players.value = target.value)} />`}<//>
      <button disabled=${running}>${t(line.value && !running ? "again" : "rehearsal.start")}</button></form>
    <div role="status">${line.value && html`<${Line} line=${line.value} asked=${Number(players.value)} />`}</div>
  <//>`;
}

const failure = ({ code, detail, name }) => (code ? { code, detail } : { code: name === "AbortError" ? "STOPPED" : "UNREACHABLE", detail: "" });

async function play(desk, players, signal, line) {
  const reply = await call("POST", `/quizzes/${desk.quiz}/rehearsal`, { body: { players }, as: desk.token, raw: true, signal });
  for await (const found of lines(reply.body)) line.value = found;
  const { step } = line.value;
  if (step !== "done" && step !== "failed") line.value = { step: "failed", code: "LOST", detail: "" };
}

function Line({ line, asked }) {
  const { step } = line;
  if (step === "failed") return html`<p class="error">${why(line)}</p>`;
  if (step === "done") return html`<${Result} result=${line} />`;
  const text = step === "question" ? t("question.of", line) : t("rehearsal.joining");
  return html`<p>${text}</p><progress max=${line.players ?? asked} value=${line.answered ?? line.joined ?? 0} aria-label=${text} />`;
}

const ms = (n) => t("ms", { n: Math.round(n) });

const spread = (it) => it && t("rehearsal.spread", { half: ms(it.p50), most: ms(it.p99), longest: ms(it.max) });

/** Row of numbers → what it is of the result; null: there was none. */
const ROWS = {
  "rehearsal.kept": ({ kept_ms }) => spread(kept_ms),
  "rehearsal.board": ({ board_ms }) => spread(board_ms),
  "rehearsal.joined": ({ joined_ms }) => ms(joined_ms),
  "rehearsal.answers": ({ answers, questions }) => t("rehearsal.answers.of", { answers, questions: t("questions", { n: questions }) }),
  "rehearsal.lost": ({ lost }) => number(lost),
  "rehearsal.cpu": ({ cpu }) => percent(cpu),
};

function Result({ result }) {
  const players = t("players", { n: result.players });
  return html`<p class="result"><b>${result.kept_ms ? t("rehearsal.done", { players, time: ms(result.kept_ms.p99) }) : t("rehearsal.none", { players })}</b></p>
    ${result.lost > 0 && html`<p class="error">${t("rehearsal.losses", { n: result.lost })}</p>`}
    ${result.strained && html`<p class="hint">${t("rehearsal.strained")}</p>`}
    <table><tbody>${Object.entries(ROWS).map(([key, read]) => [key, read(result)]).filter(([, text]) => text).map(([key, text]) => html`<tr><th scope="row">${t(key)}</th><td>${text}</td></tr>`)}</tbody></table>`;
}
