/** Running the show. What stands here is the host's alone: the projector is another page. */

import { html, useEffect, useSignal } from "../../html.js";
import { listed, t, why } from "../../language.js";
import { Line, say } from "../../parts/frame.js";
import { dropHost, hostToken, person } from "../api.js";
import { Desk } from "./desk.js";
import { HandOver } from "./hand_over.js";
import { Jury } from "./jury.js";
import { Next } from "./next.js";
import { Now } from "./now.js";
import { People } from "./people.js";
import { Player } from "./player.js";
import { Rehearsal } from "./rehearsal.js";
import { Teams, hasTeams } from "./teams.js";

const UNKNOWN_TOKEN = 4401;

export default function Show({ params: [quiz] }) {
  const desk = useSignal(null);
  const refused = useSignal(null);
  const entries = useSignal(0);
  useEffect(() => enter(quiz, desk, refused), [quiz, entries.value]);
  const again = () => (desk.value?.room.code.value === UNKNOWN_TOKEN && dropHost(quiz), entries.value++);
  if (refused.value) return html`<${Barred} title=${why(refused.value)} again=${again} />`;
  const room = desk.value?.room;
  if (!room) return html`<main><p class="second">${t("loading")}</p></main>`;
  if (room.status.value === "ended") return html`<${Ended} code=${room.code.value} again=${again} />`;
  if (!room.state.value) return html`<main><${Line} room=${room} /><p class="second">${t("loading")}</p></main>`;
  return html`<${Line} room=${room} /><${Stage} desk=${desk.value} />`;
}

/** Become the host of this quiz. Returns what ends that. */
function enter(quiz, desk, refused) {
  let current = true;
  refused.value = desk.value = null;
  hostToken(quiz).then(
    (token) => current && (desk.value = new Desk(quiz, token)),
    (refusal) => current && (refused.value = refusal),
  );
  return () => {
    current = false;
    desk.peek()?.close();
  };
}

/** Close code → what is said, and what can be done about it. */
const ENDINGS = {
  4409: ["ended.elsewhere", "take.over"],
  4404: ["refused.NO_SUCH_QUIZ", null],
};

function Ended({ code, again }) {
  const [title, retry] = ENDINGS[code] ?? [code === UNKNOWN_TOKEN ? "ended.unknown" : "ended", code !== UNKNOWN_TOKEN || person.value ? "again" : null];
  return html`<${Barred} title=${t(title)} label=${retry && t(retry)} again=${retry && again} />`;
}

const Barred = ({ title, again, label = t("again") }) => html`<main class="barred"><div class="card">
  <h1>${title}</h1>
  ${again && html`<button type="button" class="big" onClick=${again}>${label}</button>`}
  <p><a href="#/quizzes">${t("to.quizzes")}</a></p>
</div></main>`;

/** Tab → its view, and whether it is there. */
const TABS = {
  now: [Now, () => true],
  people: [People, () => true],
  jury: [Jury, ({ room }) => room.state.value.questions > 0],
  teams: [Teams, ({ room }, teams) => teams || room.state.value.pacing === "draw"],
};

function Stage({ desk }) {
  const { room } = desk;
  const tab = useSignal("now");
  const teams = useSignal(false);
  useEffect(() => void (document.title = room.state.value.title), [room.state.value.title]);
  useEffect(() => void hasTeams(desk).then((has) => (teams.value = has)), []);
  const there = Object.keys(TABS).filter((name) => TABS[name][1](desk, teams.value));
  const [View] = TABS[tab.value];
  return html`<main class="show">
    <${Title} desk=${desk} />
    <div class="strip"><p class="tabs" role="group" aria-label=${t("show.views")}>${there.map(
      (name) => html`<button type="button" class="plain" aria-pressed=${tab.value === name} onClick=${() => (tab.value = name)}>${t(`tab.${name}`)}</button>`,
    )}</p><${Tools} desk=${desk} /></div>
    <${View} desk=${desk} register=${() => ((teams.value = true), (tab.value = "teams"))} />
    <${Player} desk=${desk} />
    <div class="foot"><${Next} desk=${desk} keys=${tab.value === "now"} /></div>
  </main>`;
}

/** Which quiz it is, and where it has come, which is also said to those who hear the page. */
function Title({ desk }) {
  const { state, board } = desk.room;
  const { title, question, questions, phase, locked } = state.value;
  const where = listed(question && t("question.of", { question: question.number + 1, questions }), phase !== "question" && t(`phase.${phase}`));
  useEffect(() => say(where), [where]);
  return html`<header class="title"><h1 dir="auto">${title}</h1>
    <p class="second">${listed(where, t("players", { n: board.value.players }), t("online", { n: board.value.online }), locked && t("locked"))}</p></header>`;
}

function Tools({ desk }) {
  const { phase, questions } = desk.room.state.value;
  const window = useSignal("");
  const shut = () => (window.value = "");
  return html`<div><p class="tools">
      <a class="button plain" href=${`/screen?quiz=${desk.quiz}`} target="_blank" rel="noopener">${t("projector")}</a>
      <button type="button" class="plain" onClick=${() => (window.value = "hand")}>${t("hand.over")}</button>
      ${phase === "lobby" && questions > 0 && html`<button type="button" class="plain" onClick=${() => (window.value = "rehearsal")}>${t("rehearse")}</button>`}
    </p>
    ${window.value === "hand" && html`<${HandOver} desk=${desk} close=${shut} />`}
    ${window.value === "rehearsal" && html`<${Rehearsal} desk=${desk} close=${shut} />`}
  </div>`;
}
