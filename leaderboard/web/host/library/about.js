/** What a quiz is about: what the library finds it by. */

import { html } from "../../html.js";
import { t } from "../../language.js";
import { LEVELS } from "./editing.js";
import { Line, Lines, Listed, Pick } from "./fields.js";
import { flawsOfTitle } from "./flaws.js";

const tagsOf = (text) => text.split(",").map((tag) => tag.trim()).filter(Boolean);

export function About({ draft }) {
  const quiz = draft.quiz.value;
  const form = { kind: "Quiz", it: quiz, flaws: flawsOfTitle(quiz), set: (name, value) => draft.change({ ...draft.quiz.value, [name]: value }, name) };
  return html`<section class="card form about" aria-label=${t("part.about")}>
    <${Line} form=${form} name="title" />
    <${Lines} form=${form} name="description" rows=${3} />
    <${Listed} form=${form} name="tags" read=${tagsOf} join=${(tags) => tags.join(", ")} />
    <div class="beside"><${Line} form=${form} name="language" list="languages" placeholder="en" /><${Pick} form=${form} name="difficulty" says="level" of=${LEVELS} none=${t("difficulty.none")} /></div>
    <datalist id="languages">${["en", "vi", "de", "es", "ar", "fr"].map((code) => html`<option value=${code} />`)}</datalist>
  </section>`;
}
