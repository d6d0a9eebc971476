/** The question: what is asked, how long still, how many have answered; once it is closed, what was right and how they chose. */

import { html, useRef } from "../html.js";
import { any, date, duration, number, plain, t } from "../language.js";
import { Choices, isWritten, size } from "../parts/choices.js";
import { Bar, Left, SOON_S, useNow } from "../parts/clock.js";
import { Media } from "../parts/media.js";
import { useFade } from "../parts/motion.js";
import { keyOf } from "../parts/pacing.js";
import { play } from "../parts/sound.js";
import { useFit } from "./fit.js";

const SHOWN = 5; // right answers in words
const AN_HOUR_S = 3_600;

export function Question({ room }) {
  const state = room.state.value;
  const { question, key, counts, phase, paused_at } = state;
  const box = useRef(null);
  useFit(box, [keyOf(state), phase, key?.revision].join());
  useFade(box, keyOf(state));
  return html`<section class="stage" ref=${box} data-paused=${paused_at > 0}>
    <h2 dir="auto" data-size=${size(question.text.length)}>${question.text}</h2>
    <${Media} question=${question} />
    <${Tiles} room=${room} question=${question} solution=${key} counts=${counts} />
    ${key ? html`<${Solution} question=${question} solution=${key} />` : isWritten(question.type) && html`<p class="second">${t(`screen.write.${question.type}`)}</p>`}
    ${phase === "question" ? html`<${Clock} room=${room} state=${state} />` : html`<${Closed} room=${room} />`}
  </section>`;
}

/** It follows the number of answers, once that is of use. */
function Tiles({ room, solution, ...props }) {
  return html`<${Choices} ...${props} solution=${solution} answered=${solution ? room.board.value.answered : 0} />`;
}

const tick = (seconds) => seconds > 0 && seconds <= SOON_S && play("tick");

function Clock({ room, state }) {
  return html`<div class="clock"><${Bar} room=${room} state=${state} />
    <p><${Left} room=${room} state=${state} tell=${tick} /><${Answered} room=${room} /></p></div>`;
}

function Answered({ room }) {
  const { answered, players } = room.board.value;
  return html`<span>${t("screen.answered", { answered, players })}</span>`;
}

function Closed({ room }) {
  const { question, key, counts } = room.state.value;
  const graded = counts && !key?.void && ["number", "text", "order"].includes(question.type);
  const right = graded && t("screen.right", { right: counts.right ?? 0, answered: room.board.value.answered });
  return html`<div class="clock"><p><${Coming} room=${room} />${right ? html`<span>${right}</span>` : html`<${Answered} room=${room} />`}</p></div>`;
}

/** The right answer where no choice is lit, and why it is right. */
function Solution({ question, solution: { answer, tolerance, explanation, void: off } }) {
  const written = isWritten(question.type) && !off && any(answer.slice(0, SHOWN).map(plain));
  return html`<div class="solution" role="status">
    <p class="key">${off ? t("screen.void") : written && t(tolerance ? "screen.key.about" : "screen.key", { answer: written, tolerance: tolerance && plain(tolerance) })}</p>
    <p class="second" dir="auto">${explanation}</p>
  </div>`;
}

/** What opens by itself, and when. */
export function Coming({ room }) {
  const { phase, next_at, paused_at, question, questions } = room.state.value;
  const now = useNow(room, next_at > 0 && !paused_at);
  const what = phase === "lobby" ? "starts" : question?.number + 1 < questions ? "next" : "on";
  if (paused_at) return html`<b class="coming">${t("paused")}</b>`;
  if (!next_at) return html`<span class="coming">${phase === "closed" && t("screen.closed")}</span>`;
  return html`<b class="coming">${t(`screen.${what}`, { when: when(next_at, now.value) })}</b>`;
}

function when(time, now) {
  const seconds = Math.max(0, Math.ceil((time - now) / 1000));
  return seconds < AN_HOUR_S ? t("screen.in", { time: duration(seconds) }) : t("screen.at", { date: date(time) });
}

/** Where everybody has a question of their own. */
export function Pace({ room }) {
  const state = room.state.value;
  const { pacing, questions, closes_at } = state;
  const box = useRef(null);
  useFit(box, pacing);
  return html`<section class="stage calm" ref=${box}>
    <h2>${t(`screen.pace.${pacing}`)}</h2>
    <p class="second">${t("questions", { n: questions })}</p>
    <${Given} room=${room} />
    ${closes_at > 0 && html`<div class="clock"><${Bar} room=${room} state=${state} /><p><${Left} room=${room} state=${state} /><span>${t("screen.until", { date: date(closes_at) })}</span></p></div>`}
  </section>`;
}

const Given = ({ room }) => html`<p class="given">${number(room.board.value.answered)}<span class="second">${t("screen.given", { n: room.board.value.answered })}</span></p>`;
