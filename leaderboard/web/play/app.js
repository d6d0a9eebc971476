/**
 * The player's page: the way in, then the newest state, board and you of the quiz. Nothing is remembered that the server
 * does not say, except one's token, what one is about to answer, the correction one was told of last, and the order of the
 * board when the question opened.
 */

import { effect, html, render, signal, untracked } from "../html.js";
import { load, t, why } from "../language.js";
import { Line, Said } from "../parts/frame.js";
import { Room } from "../room.js";
import { isPin, tidy } from "../parts/codes.js";
import { find } from "../parts/door.js";
import { Bottom, Ended, Entry, Join } from "./join.js";
import { opened } from "./early.js";
import { forget, keep, tokenOf } from "./seats.js";

const USELESS = new Set([4401, 4403]); // the token: nobody knows it, or the host has removed whoever had it
const NO_SUCH_QUIZ = 4404;
const AGAIN_MS = 2_000;

const quiz = signal(""); // its ID
const room = signal(null);
const remark = signal(""); // why one is here again
const code = signal(""); // what was asked for and is none
const Game = signal(null);
let token = "";
let unknown = ""; // what to say if nobody knows it

/** Connect as whoever this token says, or to watch until one has joined. */
function enter(as = tokenOf(quiz.value)) {
  const before = room.peek();
  token = as;
  room.value = new Room({ quiz: quiz.value, token, live: opened(quiz.value, token) });
  before?.close();
}

/** Go to this quiz; the way back leads out of it and not to its door. */
function go(id, as) {
  quiz.value = id;
  code.value = "";
  const address = new URL(location);
  address.searchParams.set("quiz", id);
  history.replaceState(null, "", address);
  enter(as);
}

const wrong = (text, refusal) => ((code.value = text), (remark.value = why(refusal)));

/** Take this seat; `words`: what to say if there is none. */
function seat(id, as, words) {
  keep(id, as);
  remark.value = "";
  unknown = words;
  go(id, as);
}

/** Be nobody, and say why. */
function leave(words = "") {
  forget(token);
  remark.value = words;
  enter("");
}

/** Keep the token that is good; of another, say so. */
effect(() => {
  const [role, status, ended] = [room.value?.role.value, room.value?.status.value, room.value?.code.value];
  untracked(() => {
    if (role === "player") (keep(quiz.value, token), (unknown = ""));
    if (role === "host") leave(t("token.host"));
    if (status !== "ended") return;
    if (USELESS.has(ended)) forget(token);
    if (ended === 4401) leave(t(unknown || "refused.NO_SUCH_PLAYER"));
    if (ended === NO_SUCH_QUIZ) wrong(quiz.value, { code: "NO_SUCH_QUIZ" });
  });
});

/** What is needed once one plays; until it is there, the door is open already. */
function fetchGame() {
  import("./game.js").then((found) => (Game.value = found.Game), () => setTimeout(fetchGame, AGAIN_MS));
}

/** It takes the place of what stood in the page as it came. */
const Soon = () => html`<main class="door" aria-busy="true" />`;

function Page() {
  if (code.value || !(quiz.value || isPin(tidy(asked)))) return html`<${Entry} code=${code.value} wrong=${remark.value} go=${go} /><${Bottom}><a href="/host">${t("entry.host")}</a><//>`;
  if (!room.value) return html`<${Soon} />`;
  const { role, status } = room.value;
  if (status.value === "ended") return html`<${Ended} code=${room.value.code.value} again=${() => enter()} />`;
  if (!role.value && token) return html`<${Line} room=${room.value} /><${Soon} />`;
  if (role.value !== "player") return html`<${Line} room=${room.value} /><${Join} room=${room.value} quiz=${quiz.value} remark=${remark.value} seat=${seat} /><${Bottom} />`;
  if (!Game.value) return html`<${Soon} />`;
  const other = () => leave();
  return html`<${Line} room=${room.value} /><${Game.value} key=${token} room=${room.value} quiz=${quiz.value} token=${token} other=${other} />`;
}

await load("play");
const asked = new URLSearchParams(location.search).get("quiz") ?? "";
if (isPin(tidy(asked))) await find(tidy(asked)).then(go, (refusal) => wrong(asked, refusal)); // the page as it came asks for the name
else if (asked) go(tidy(asked));
const { id } = document.activeElement; // who has begun to write goes on
render(html`<${Page} /><${Said} />`, document.body);
if (id) document.getElementById(id)?.focus();
fetchGame();
