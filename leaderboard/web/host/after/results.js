/** What came of a quiz: everybody's points, how the questions were answered, and how it went. */

import { html, useComputed, useEffect } from "../../html.js";
import { listed, t } from "../../language.js";
import { call, hasHost, hostToken, token } from "../api.js";
import { Course } from "./course.js";
import { Downloads } from "./downloads.js";
import { prepared } from "./figures.js";
import { Journal } from "./journal.js";
import { Ledger } from "./ledger.js";
import { patiently, useFetched, Waiting } from "./loading.js";
import { People } from "./people.js";
import { Questions } from "./questions.js";
import { Race } from "./race.js";
import { Views } from "./views.js";

const VIEWS = { people: People, questions: Questions, points: Course, race: Race, journal: Journal };

/** Whoever owns the quiz needs no host's token to look at it. */
const asHost = (quiz) => (hasHost(quiz) ? hostToken(quiz) : Promise.resolve(token.value));

async function fetchResults(quiz) {
  const as = await asHost(quiz);
  const [results, seen] = await Promise.all([call("GET", `/quizzes/${quiz}/results`, { as, ...patiently() }), call("GET", `/quizzes/${quiz}`, { as })]);
  return { ...prepared(results), quiz, as, state: seen.state };
}

export default function Results({ params: [quiz] }) {
  const { found, refusal, again } = useFetched(() => fetchResults(quiz));
  const ledger = useComputed(() => found.value && new Ledger(found.value));
  const { value: current } = ledger;
  useEffect(() => () => current?.stop(), [current]);
  if (!found.value) return html`<main class="after"><${Waiting} refusal=${refusal.value} again=${again} /></main>`;
  return html`<main class="after results">
    <${Top} results=${found.value} again=${again} />
    <${Views} key=${found.value.state.version} views=${VIEWS} at=${`#/quiz/${quiz}/results`} results=${found.value} ledger=${ledger.value} />
  </main>`;
}

function Top({ results, again }) {
  const aside = results.rows.filter((row) => row.aside).length;
  return html`<header class="top">
    <div><h1 dir="auto">${results.title}</h1>
      <p class="second">${listed(t("players", { n: results.rows.length - aside }), aside > 0 && t("aside.count", { n: aside }), t("questions.played", { n: results.rounds.length }), t(`phase.${results.state.phase}`))} · <span class="code">${results.quiz}</span></p></div>
    <p class="buttons"><a class="button plain" href=${`#/quiz/${results.quiz}`}>${t("to.quiz")}</a>
      ${results.state.phase !== "finished" && html`<button type="button" class="plain" onClick=${again}>${t("refresh")}</button>`}
      <${Downloads} results=${results} /></p>
  </header>`;
}
