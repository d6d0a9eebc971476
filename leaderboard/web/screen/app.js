/**
 * The projector: what everybody may see, large. Nothing on it is secret, and nothing has to be pressed. `?quiz=` says
 * which one; `?embed` leaves out how to join, for frames in other pages; `?theme=` and `?lang=` choose the look.
 */

import { computed, html, render } from "../html.js";
import { load, t } from "../language.js";
import { isPin, tidy } from "../parts/codes.js";
import { find } from "../parts/door.js";
import { Line, Said } from "../parts/frame.js";
import { Room } from "../room.js";
import { Ceremony, Finale, Secret } from "./ceremony.js";
import { Controls } from "./controls.js";
import { Footer, Header } from "./edges.js";
import { Lobby } from "./lobby.js";
import { Pace, Question } from "./question.js";
import { Standings, momentOf } from "./standings.js";
import { Standing } from "./standing.js";
import { Notice, tell } from "./telling.js";

const asked = new URLSearchParams(location.search);
const code = tidy(asked.get("quiz") ?? "");
const quiz = isPin(code) ? await find(code).catch(() => code) : code; // of a wrong PIN the connection says that it is none
const { dataset } = document.documentElement;
if (["light", "dark"].includes(asked.get("theme"))) dataset.theme = asked.get("theme");
if (asked.has("embed")) dataset.embed = "";

/** What fills the page at each moment; what is not here leaves it to the board. */
const VIEWS = { lobby: Lobby, question: Question, running: Pace, ceremony: Ceremony, secret: Secret, podium: Finale };
const ALONE = new Set(["lobby"]); // without the board

function Screen({ room, standings }) {
  const moment = momentOf(room, standings);
  const View = VIEWS[moment];
  return html`<${Header} room=${room} />
    <main data-moment=${moment}>
      ${View && html`<${View} key=${moment} room=${room} standings=${standings} />`}
      ${!ALONE.has(moment) && html`<${Standing} room=${room} standings=${standings} alone=${!View} />`}
    </main>
    ${moment !== "lobby" && html`<${Footer} room=${room} />`}`;
}

/** Whoever came without a code, or with one that nobody has. */
function Which({ wrong }) {
  return html`<main data-moment="which"><form action="/screen">
    <h1>${t("screen.which")}</h1>
    <label for="code">${t("screen.code")}</label>
    <input id="code" name="quiz" required maxlength="20" autocomplete="off" autocapitalize="characters" spellcheck="false" aria-describedby="wrong" />
    <p id="wrong" class="bad" role="alert">${wrong}</p>
    <button class="big">${t("screen.show")}</button>
  </form></main>`;
}

const NO_SUCH_QUIZ = 4404;

function Page({ room, standings }) {
  if (room.status.value === "ended") return html`<${Which} wrong=${t(room.code.value === NO_SUCH_QUIZ ? "refused.NO_SUCH_QUIZ" : "screen.ended")} />`;
  return html`<${Line} room=${room} />${there.value && html`<${Screen} room=${room} standings=${standings} />`}<${Notice} /><${Controls} /><${Said} />`;
}

await load("play", "screen");
const room = quiz ? new Room({ quiz }) : null;
const standings = room && new Standings(room);
const there = computed(() => Boolean(room.state.value && standings.shown.value));
if (room) tell(room, standings);
render(room ? html`<${Page} room=${room} standings=${standings} />` : html`<${Which} />`, document.body);
