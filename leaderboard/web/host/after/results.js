/** What came of a quiz: everybody's points, how the questions were answered, and how it went. */

import { html, useComputed, useEffect, useRef, useSignal } from "../../html.js";
import { listed, t } from "../../language.js";
import { useFade } from "../../parts/motion.js";
import { call, hasHost, hostToken, token } from "../api.js";
import { Course } from "./course.js";
import { Downloads } from "./downloads.js";
import { prepared } from "./figures.js";
import { Journal } from "./journal.js";
import { Ledger } from "./ledger.js";
import { useFetched, Waiting } from "./loading.js";
import { People } from "./people.js";
import { Questions } from "./questions.js";
import { Race } from "./race.js";

const VIEWS = { people: People, questions: Questions, points: Course, race: Race, journal: Journal };

/** Whoever owns the quiz needs no host's token to look at it. */
const asHost = (quiz) => (hasHost(quiz) ? hostToken(quiz) : Promise.resolve(token.value));

async function fetchResults(quiz) {
  const as = await asHost(quiz);
  const [results, seen] = await Promise.all([call("GET", `/quizzes/${quiz}/results`, { as }), call("GET", `/quizzes/${quiz}`, { as })]);
  return { ...prepared(results), quiz, as, state: seen.state };
}

/** The view that the address names, so that a reload shows the same one. */
function named() {
  const name = new URLSearchParams(location.hash.split("?")[1]).get("view");
  return name in VIEWS ? name : "people";
}

export default function Results({ params: [quiz] }) {
  const { found, refusal, again } = useFetched(() => fetchResults(quiz));
  const view = useSignal(named());
  const ledger = useComputed(() => found.value && new Ledger(found.value));
  useEffect(() => () => ledger.value?.stop(), []);
  if (!found.value) return html`<main><${Waiting} refusal=${refusal.value} again=${again} /></main>`;
  const show = (name) => {
    view.value = name;
    history.replaceState(null, "", `#/quiz/${quiz}/results?view=${name}`);
  };
  return html`<main class="results">
    <${Top} results=${found.value} again=${again} />
    <p class="tabs" role="group" aria-label=${t("views")}>${Object.keys(VIEWS).map(
      (name) => html`<button type="button" class="plain" aria-pressed=${view.value === name} onClick=${() => show(name)}>${t(`view.${name}`)}</button>`,
    )}</p>
    <${Shown} name=${view.value} results=${found.value} ledger=${ledger.value} />
  </main>`;
}

function Shown({ name, ...given }) {
  const node = useRef(null);
  useFade(node, name);
  return html`<section ref=${node} aria-labelledby="view"><h2 id="view" class="unseen">${t(`view.${name}`)}</h2><${VIEWS[name]} key=${given.results.version} ...${given} /></section>`;
}

function Top({ results, again }) {
  const players = results.rows.filter(({ aside }) => !aside).length;
  return html`<header class="top">
    <div><h1 dir="auto">${results.title}</h1>
      <p class="second">${listed(t("players", { n: players }), t("questions.played", { n: results.rounds.length }), t(`phase.${results.state.phase}`))} · <span class="code">${results.quiz}</span></p></div>
    <p class="buttons"><a class="button plain" href=${`#/quiz/${results.quiz}`}>${t("to.quiz")}</a>
      ${results.state.phase !== "finished" && html`<button type="button" class="plain" onClick=${again}>${t("refresh")}</button>`}
      <${Downloads} results=${results} /></p>
  </header>`;
}
