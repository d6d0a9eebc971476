/** One's quizzes that are or were played, and a way in for who was given a host's token. */

import { html, useSignal } from "../../html.js";
import { date, listed, t, why } from "../../language.js";
import { Refusal } from "../../sdk/leaderboard.js";
import { call, isAdmin, keepHost, person, run } from "../api.js";
import { Do, Field, sure, tell } from "../parts.js";
import { More, useFetched, usePaged, Waiting } from "./loading.js";

const EVERY_MS = 5_000;
const PAGE = 12;

export default function Quizzes() {
  return html`<main class="after quizzes"><h1>${t("quizzes")}</h1>
    ${isAdmin.value && html`<${Running} />`}
    <${Own} />
    <${Enter} />
  </main>`;
}

/** Of everybody, for who runs the server. */
function Running() {
  const { found, refusal, again } = useFetched(() => call("GET", "/admin/quizzes"), EVERY_MS);
  return html`<section aria-labelledby="running"><h2 id="running">${t("quizzes.running")}</h2>
    ${!found.value ? html`<${Waiting} refusal=${refusal.value} again=${again} />` : !found.value.length ? html`<p class="second">${t("quizzes.running.none")}</p>` : html`<ul class="cards">${found.value.map((it) => html`<${Played} key=${it.quiz} ...${it} />`)}</ul>`}
  </section>`;
}

const ofAccount = (cursor) => call("GET", "/account/quizzes", { query: { limit: PAGE, cursor } });

function ofBrowser(cursor) {
  const [from, all] = [Number(cursor), run()];
  return { rows: all.slice(from, from + PAGE).map((quiz) => ({ quiz })), next: from + PAGE < all.length ? String(from + PAGE) : null };
}

/** Those of this account or this browser, the last one first. Of a quiz that goes on the server tells where it is. */
function Own() {
  const account = person.value?.account;
  const list = usePaged(async (cursor) => {
    const page = await (account ? ofAccount : ofBrowser)(cursor);
    const rows = await Promise.all(page.rows.map(withState));
    return { ...page, rows: rows.filter(({ gone, created_at }) => !gone || created_at) }; // of some one knows what they were
  });
  return html`<section aria-labelledby="own"><h2 id="own">${t("quizzes.own")}</h2>
    ${!account && html`<p class="second">${t("quizzes.own.here")}</p>`}
    ${!list.rows.value ? html`<${Waiting} refusal=${list.refusal.value} again=${list.anew} />` : html`
      ${list.rows.value.length === 0 && html`<p class="second">${t("quizzes.none")} <a href="#/library">${t("quizzes.make")}</a></p>`}
      <ul class="cards">${list.rows.value.map((it) => html`<${Played} key=${it.quiz} ...${it} remove=${() => remove(it, list)} />`)}</ul><${More} list=${list} />`}
  </section>`;
}

async function remove({ quiz, title }, list) {
  if (!(await sure(t("quizzes.delete.sure", { title }), { yes: t("quizzes.delete") }))) return;
  await call("DELETE", `/quizzes/${quiz}`);
  tell(t("quizzes.deleted", { title }));
  await list.anew();
}

async function withState(row) {
  const seen = await call("GET", `/quizzes/${row.quiz}`).catch(({ code }) => ({ code }));
  if (!seen.state) return { ...row, gone: seen.code === "NO_SUCH_QUIZ" };
  return { ...row, title: seen.state.title, phase: seen.state.phase, players: seen.board.players, online: seen.board.online };
}

function Played({ quiz, title, phase, players, online, created_at, finished_at, gone, remove }) {
  const when = finished_at ? t("quizzes.finished", { when: date(finished_at) }) : created_at ? t("quizzes.created", { when: date(created_at) }) : "";
  return html`<li class="card quiz">
    <h3><bdi>${title ?? quiz}</bdi></h3>
    <p class="second">${listed(phase && t(`phase.${phase}`), players !== undefined && t("players", { n: players }), online > 0 && t("online", { n: online }))}</p>
    <p class="second"><span class="code">${quiz}</span> ${when}</p>
    ${gone
      ? html`<p class="second">${t("quizzes.gone")}</p>`
      : html`<p class="buttons">${phase !== "finished" && html`<a class="button" href=${`#/quiz/${quiz}`}>${t("quizzes.run")}</a>`}<a class="button plain" href=${`#/quiz/${quiz}/results`}>${t("quizzes.results")}</a>
          ${remove && html`<${Do} class="plain" aria-label=${t("quizzes.delete.it", { title })} act=${remove}>${t("quizzes.delete")}<//>`}</p>`}
  </li>`;
}

function Enter() {
  const wrong = useSignal("");
  const enter = async (event) => {
    event.preventDefault();
    const { code, secret } = event.target.elements;
    const [quiz, text] = [code.value.replace(/\s/g, "").toUpperCase(), secret.value.trim()];
    wrong.value = text || !isAdmin.value ? await take(quiz, text).then(() => "", why) : "";
    if (!wrong.value) location.hash = `#/quiz/${quiz}`;
  };
  return html`<section aria-labelledby="enter"><h2 id="enter">${t("enter")}</h2>
    <form class="card enter" onSubmit=${enter}><p class="second">${t("enter.about")}</p>
      <${Field} label=${t("enter.code")}>${(tied) => html`<input ...${tied} name="code" required autocomplete="off" spellcheck=${false} maxlength="30" />`}<//>
      <${Field} label=${t("enter.token")} hint=${isAdmin.value && t("enter.token.admin")} error=${wrong.value}>${(tied) => html`<input ...${tied} name="secret" type="password" required=${!isAdmin.value} autocomplete="off" maxlength="200" />`}<//>
      <p class="buttons"><button>${t("enter.go")}</button></p></form></section>`;
}

/** Keep the token, if it is the host's: only they are shown the questions. */
async function take(quiz, text) {
  const { questions } = await call("GET", `/quizzes/${encodeURIComponent(quiz)}`, { as: text });
  if (!questions) throw new Refusal("FORBIDDEN", "");
  keepHost(quiz, text);
}
