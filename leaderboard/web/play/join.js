/** The way in: which quiz, and who one is; and the way out. */

import { html, useEffect, useRef, useSignal } from "../html.js";
import { all, beside, t, why } from "../language.js";
import { Languages } from "../parts/frame.js";
import { join } from "../sdk/leaderboard.js";
import { tidy } from "../parts/codes.js";
import { find, read } from "../parts/door.js";
import { hurried } from "./seats.js";

/** Do what a form is for, once at a time: a second press would make a second player. Says why if it is refused. */
function useForm(act, first = "") {
  const busy = useSignal(false);
  const wrong = useSignal(first);
  useEffect(() => void (wrong.value = first), [first]);
  const submit = async (event) => {
    event.preventDefault();
    if (busy.value) return;
    busy.value = true;
    wrong.value = await act(new FormData(event.target), event.submitter).then(() => "", (refusal) => refusal.words ?? why(refusal));
    busy.value = false;
  };
  return { busy, wrong, submit };
}

const Wrong = ({ id, text }) => html`<p id=${id} class="bad" role="alert">${text}</p>`;

/** Its first form stands in index.html too, so that one can write before this is here. */
export function Entry({ code, wrong, go }) {
  const form = useForm(async (fields, pressed) => {
    const found = await find(tidy(fields.get("quiz")));
    if (pressed?.value === "watch") location.assign(`/screen?quiz=${found}`);
    else go(found);
  }, wrong);
  const field = useRef(null);
  useEffect(() => void (field.current.value ||= code ?? ""), [code]);
  return html`<main class="door"><form id="enter" class="card" action="/" onSubmit=${form.submit}>
    <img src="/web/icon.svg" alt="" width="64" height="64" />
    <h1>${t("entry")}</h1>
    <label for="code">${t("entry.code")}</label>
    <input ref=${field} id="code" name="quiz" placeholder="123 456" maxlength="20" required autocomplete="off" autocapitalize="characters"
      spellcheck=${false} aria-describedby="wrong" aria-invalid=${form.wrong.value ? "true" : undefined} />
    <${Wrong} id="wrong" text=${form.wrong.value} />
    <div class="pair"><button class="big" value="join" disabled=${form.busy.value}>${t("join")}</button><button class="plain big" value="watch" disabled=${form.busy.value}>${t("watch")}</button></div>
  </form></main>`;
}

/** Somebody who only watches so far, and may join as long as the quiz takes anybody. */
export function Join({ room, quiz, remark, seat }) {
  const state = room.state.value;
  const shut = state?.phase === "finished" ? "shut.finished" : state?.locked ? "shut.locked" : "";
  return html`<main class="door"><div class="card">
    <h1 dir="auto">${state?.title ?? t("join.title")}</h1>
    ${state && html`<p class="second">${here(room.board.value)}</p>`}
    ${shut ? html`<p role="status">${t(shut)}</p><${Wrong} text=${remark} />` : html`<${Name} room=${room} quiz=${quiz} remark=${remark} seat=${seat} />`}
    <p class="ways"><a href=${`/screen?quiz=${quiz}`}>${t("watch.only")}</a> <a href="/">${t("other.code")}</a></p>
    <${Token} quiz=${quiz} seat=${seat} />
  </div></main>`;
}

function here({ players, rows, held, hidden }) {
  if (!players) return t("nobody");
  const some = held || hidden ? [] : rows.slice(0, 3).map(({ name }) => name);
  if (!some.length) return t("in", { n: players });
  return players > some.length ? t("in.more", { n: players - some.length, names: beside(some) }) : t("in.names", { n: players, names: all(some) });
}

/** The name with a number, or with the next one. */
export function another(name) {
  const [, first, number] = /^(.*?)(?: (\d{1,9}))?$/.exec(name.trim());
  return `${first} ${Number(number ?? 1) + 1}`;
}

function Name({ room, quiz, remark, seat }) {
  const own = room.state.value?.names !== "generated";
  const form = useForm(async (fields) => {
    const name = fields.get("name") ?? "";
    const team = fields.get("team") || fields.get("own-team") || "";
    const joined = await join(quiz, name, location.origin, team).catch((refusal) => {
      throw refusal.code === "NAME_TAKEN" ? { words: t("refused.NAME_TAKEN", { name: another(name) }) } : refusal;
    });
    seat(joined.quiz, joined.token);
  }, remark);
  const field = useRef(null);
  useEffect(() => void (location.hash === "#join" && field.current?.focus()), [own]);
  const known = Boolean(room.state.value); // what is asked for besides the name
  const asksMore = !own || room.board.value?.teams;
  useEffect(() => void (known && hurried() && !asksMore && field.current.form.requestSubmit()), [known]);
  return html`<form id="join" onSubmit=${form.submit}>
    ${own && html`<label for="name">${t("name")}</label><input ref=${field} id="name" name="name" maxlength="64" required autocomplete="nickname" dir="auto"
      aria-describedby="refused" aria-invalid=${form.wrong.value ? "true" : undefined} />`}
    ${!own && html`<p>${t("names.generated")}</p>`}
    ${room.board.value?.teams && html`<${Teams} quiz=${quiz} best=${room.board.value.teams} />`}
    <${Wrong} id="refused" text=${form.wrong.value} />
    <button class="big" disabled=${form.busy.value}>${t("join")}</button>
  </form>`;
}

const OTHER = "\n"; // no team is called that

/** Which team one plays for: one that there is, or another; the server knows whether there may be one. */
function Teams({ quiz, best }) {
  const teams = useSignal(best);
  const other = useSignal(false);
  useEffect(() => void read(`quizzes/${quiz}/board/teams?limit=1000`).then(({ rows }) => (teams.value = rows), () => {}), [quiz]);
  const choose = ({ target }) => (other.value = target.value === OTHER);
  if (!teams.value.length) return html`<${OwnTeam} />`; // so that the first is not left without one
  return html`<label for="team">${t("team")}</label>
    <select id="team" name=${other.value ? undefined : "team"} onChange=${choose}>
      <option value="">${t("team.any")}</option>
      ${teams.value.map(({ id, name }) => html`<option key=${id} value=${name}>${name}</option>`)}
      <option value=${OTHER}>${t("team.another")}</option>
    </select>
    ${other.value && html`<${OwnTeam} />`}`;
}

const OwnTeam = () => html`<label for="own-team">${t("team.name")}</label><input id="own-team" name="own-team" maxlength="64" required dir="auto" />`;

/** Registered teams have a token from the host. */
function Token({ quiz, seat }) {
  const submit = (event) => {
    event.preventDefault();
    seat(quiz, new FormData(event.target).get("token").trim(), "token.unknown");
  };
  return html`<details><summary>${t("token.have")}</summary>
    <form onSubmit=${submit}><label for="token">${t("token.yours")}</label>
    <input id="token" name="token" maxlength="200" required autocomplete="off" autocapitalize="none" spellcheck=${false} />
    <button class="plain">${t("token.use")}</button></form></details>`;
}

const ENDED = { 4403: "removed", 4404: "unknown", 4409: "elsewhere", 1009: "unread" };

/** The connection is over for good: why, and what to do. */
export function Ended({ code, again }) {
  const words = `ended.${ENDED[code] ?? "refused"}`;
  return html`<main class="door"><div class="card">
    <div role="alert"><h1>${t(words)}</h1><p class="second">${t(`${words}.hint`)}</p></div>
    ${code === 4409 && html`<button type="button" class="big" onClick=${again}>${t("play.here")}</button>`}
    <a class=${`button big${code === 4409 ? " plain" : ""}`} href="/">${t("other.code")}</a>
  </div></main>`;
}

export const Bottom = ({ children }) => html`<footer class="bottom">${children}<${Languages} /></footer>`;
