/** The studio: who one is, and which view the address names. `#/library/ID` and so on; no token ever stands there for long. */

import { html, render, signal, useEffect, useSignal } from "../html.js";
import { load, part, say, t, why } from "../language.js";
import { Languages, Said, Themes } from "../parts/frame.js";
import { forget, hasHost, isAdmin, keepHost, person, signOut, token, whoAmI } from "./api.js";
import { mayLeave } from "./leaving.js";
import { Asking, Do, Notice, tell } from "./parts.js";
import { SignIn } from "./sign_in.js";

/** Address → its module (whose default export is the view) and the part of the texts that it says. Groups are its `params`. */
const VIEWS = [
  [/^$/, "library/list.js", "library"],
  [/^library$/, "library/list.js", "library"],
  [/^library\/([\w-]+)$/, "library/editor.js", "library"],
  [/^import$/, "library/import.js", "library"],
  [/^quiz\/([\w-]+)$/, "show/show.js", "show"],
  [/^quiz\/([\w-]+)\/results$/, "after/results.js", "after"],
  [/^quizzes$/, "after/quizzes.js", "after"],
  [/^account$/, "admin/account.js", "admin"],
  [/^admin$/, "admin/admin.js", "admin"],
  [/^(new|invited|reset)(?:\/([\w-]+))?$/, "admin/joining.js", "admin"],
];
const NAVIGATION = [["library", () => true], ["quizzes", () => true], ["account", () => person.value?.account], ["admin", () => isAdmin.value]];

/** A hand-over: the token comes in the part of the address that no browser sends, and is taken out of it at once. */
const HAND_OVER = /^#\/quiz\/([\w-]+)\/token\/([\w-]+)$/;

const NOBODY = new Set(["UNAUTHORIZED", "FORBIDDEN"]);

const place = signal("");
const unsure = signal(null); // why it is not known who one is

async function arrive({ oldURL } = {}) {
  if (oldURL && !(await mayLeave())) {
    history.replaceState(null, "", oldURL);
    return;
  }
  const [, quiz, text] = HAND_OVER.exec(location.hash) ?? [];
  if (quiz) {
    keepHost(quiz, text);
    history.replaceState(null, "", `#/quiz/${quiz}`);
  }
  place.value = location.hash.replace(/^#\/?/, "").replace(/\?.*$/, "");
}

/** A quiz whose host's token one has needs no account; nor does who is about to make one. */
const mayEnter = () => person.value || /^(new|invited|reset)\b/.test(place.value) || hasHost(/^quiz\/([\w-]+)/.exec(place.value)?.[1]);

function Studio() {
  const view = useSignal(null);
  useEffect(() => {
    const [pattern, module, texts] = VIEWS.find(([it]) => it.test(place.value)) ?? VIEWS[0];
    const params = pattern.exec(place.value)?.slice(1) ?? [];
    let current = true;
    const turn = ([{ default: View }, said]) => {
      if (!current) return;
      say(said);
      view.value = { View, params, at: place.value };
    };
    Promise.all([import(`./${module}`), part(texts)]).then(turn, () => current && tell(t("refused.UNREACHABLE"), true));
    return () => (current = false);
  }, [place.value]);
  if (!mayEnter()) return html`<${token.value ? Unsure : SignIn} /><${Notice} />`;
  const { View, params, at } = view.value ?? {};
  return html`<${Head} />${View && at === place.value && html`<${View} key=${at} params=${params} />`}<${Asking} /><${Notice} /><${Said} />`;
}

const leave = async () => (await mayLeave()) && signOut();

/** The server could not say just now whether it knows the token. */
function Unsure() {
  return html`<main class="entry"><div class="card"><h1>${why(unsure.value)}</h1><${Do} class="big" act=${recognise}>${t("again")}<//><button type="button" class="plain" onClick=${forget}>${t("sign.out")}</button></div></main>`;
}

function Head() {
  const here = place.value.split("/")[0] || "library";
  return html`<header class="head">
    <a class="brand" href="#/library"><img src="/web/icon.svg" alt="" width="32" height="32" /> <b>${t("studio")}</b></a>
    <nav>${person.value && NAVIGATION.filter(([, may]) => may()).map(([name]) => html`<a href=${`#/${name}`} aria-current=${here === name ? "page" : undefined}>${t(`nav.${name}`)}</a>`)}</nav>
    <${Languages} /><${Themes} aria-label=${t("theme")} />
    ${person.value && html`<button type="button" class="plain" onClick=${leave}>${t("sign.out")}</button>`}
  </header>`;
}

/** Who somebody is whose token the browser has kept. */
async function recognise() {
  await whoAmI().catch((refusal) => (NOBODY.has(refusal.code) ? forget() : (unsure.value = refusal)));
}

/** A key that is held down presses once: what stands there next was not meant. */
addEventListener("keydown", (event) => event.repeat && event.key === "Enter" && event.target.tagName !== "TEXTAREA" && event.preventDefault());
addEventListener("hashchange", arrive);
await arrive();
await load("play", "studio");
if (token.value) await recognise();
render(html`<${Studio} />`, document.body);
