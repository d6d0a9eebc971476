/** What stands above and below the quiz: its name, how far it is, and how to join. */

import { html, signal, useEffect, useSignal } from "../html.js";
import { listed, rich, t } from "../language.js";
import { spaced } from "../parts/codes.js";
import { read } from "../parts/door.js";

export function Header({ room }) {
  const { title } = room.state.value;
  useEffect(() => void (document.title = title), [title]);
  return html`<header><h1 dir="auto">${title}</h1><p class="second"><${Where} room=${room} /></p></header>`;
}

function Where({ room }) {
  const { question, questions, phase, pacing } = room.state.value;
  const key = pacing === "draw" ? "screen.question.drawn" : "screen.question";
  const where = question ? t(key, { number: question.number + 1, all: questions }) : phase === "finished" && t("screen.finished");
  return listed(where, t("players", { n: room.board.value.players }));
}

/** Where people come in, as {url, reachable}. Without an answer it is taken to be this page's server. */
const entrance = signal({ url: location.origin, reachable: true });

const lookUp = (quiz) => read(`quizzes/${encodeURIComponent(quiz)}/entrance`).then((it) => (entrance.value = it), () => {});

/** Ask once for each connection: another node may be reached elsewhere. */
export function useEntrance(room) {
  const there = room.status.value === "online";
  useEffect(() => void (there && lookUp(room.quiz)), [there]);
  return entrance.value;
}

const hostOf = (url) => new URL(url).host;

export const Code = ({ room }) => html`<b class="code">${spaced(room.state.value.pin ?? room.quiz)}</b>`;

export const JoinAt = ({ url }) => html`<p class="join">${rich("screen.join", { host: html`<b dir="ltr">${hostOf(url)}</b>` })}</p>`;

/** The code that phones read. */
export function Scan({ room, url }) {
  const absent = useSignal(false);
  const address = `/v1/quizzes/${encodeURIComponent(room.quiz)}/entrance.svg`;
  if (absent.value) return null;
  return html`<img class="scan" src=${address} alt=${t("screen.scan", { host: hostOf(url) })} onError=${() => (absent.value = true)} />`;
}

export function Footer({ room }) {
  const { locked, phase } = room.state.value;
  const { url, reachable } = useEntrance(room);
  if (locked || phase === "finished" || "embed" in document.documentElement.dataset) return null;
  return html`<footer><${JoinAt} url=${url} /><${Code} room=${room} />${reachable && html`<${Scan} room=${room} url=${url} />`}</footer>`;
}
