/** A quiz of the library, to be written: its questions, how it is played, what it is about. */

import { html, useEffect, useSignal } from "../../html.js";
import { t, why } from "../../language.js";
import { leaving } from "../leaving.js";
import { sure } from "../parts.js";
import { About } from "./about.js";
import { Bar } from "./bar.js";
import { Draft } from "./draft.js";
import { Questions } from "./questions.js";
import { Playing } from "./playing.js";
import { loadSchema } from "./schema.js";
import { Settings } from "./settings.js";

const PARTS = ["questions", "settings", "about"];

export default function Editor({ params: [id] }) {
  const draft = useSignal(null);
  const wrong = useSignal(null);
  useEffect(() => {
    loadSchema().then(() => Draft.open(id)).then((opened) => (draft.value = opened), (refusal) => (wrong.value = refusal));
    return () => draft.value?.close();
  }, []);
  if (wrong.value) return html`<main><p class="error">${why(wrong.value)}</p><p><a href="#/library">${t("library")}</a></p></main>`;
  return draft.value ? html`<${Open} draft=${draft.value} />` : html`<main><p class="second">${t("loading")}</p></main>`;
}

/** Save it before one leaves; if that cannot be, ask. */
async function maySettle(draft) {
  if (await draft.save()) return true;
  return sure(t("leave.sure"), { yes: t("leave.yes") });
}

function useLeaving(draft) {
  useEffect(() => {
    const warn = (event) => draft.unsaved.value && event.preventDefault();
    leaving.ask = () => maySettle(draft);
    addEventListener("beforeunload", warn);
    return () => {
      leaving.ask = null;
      removeEventListener("beforeunload", warn);
    };
  }, [draft]);
}

function useKeys(draft) {
  useEffect(() => {
    const press = (event) => {
      if (!(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]")) return;
      const act = { s: () => draft.save(), z: () => (event.shiftKey ? draft.redo() : draft.undo()), y: () => draft.redo() }[event.key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [draft]);
}

function Open({ draft }) {
  const part = useSignal(location.hash.endsWith("?settings") ? "settings" : "questions");
  const open = useSignal(null); // the ID of the question that is written
  const playing = useSignal(false);
  useLeaving(draft);
  useKeys(draft);
  const quiz = draft.quiz.value;
  const toSettings = () => ([playing.value, part.value] = [false, "settings"]);
  const play = async () => (playing.value = await draft.save());
  return html`<main class="library editor">
    <${Bar} draft=${draft} part=${part} open=${open} play=${play} />
    <p class="tabs" role="group" aria-label=${t("parts")}>${PARTS.map((name) => html`<button type="button" class="plain" aria-pressed=${part.value === name} onClick=${() => (part.value = name)}>${t(`part.${name}`)}</button>`)}</p>
    ${part.value === "questions" && html`<${Questions} draft=${draft} open=${open} />`}
    ${part.value === "settings" && html`<${Settings} draft=${draft} />`}
    ${part.value === "about" && html`<${About} draft=${draft} />`}
    ${playing.value && html`<${Playing} draft=${draft} toSettings=${toSettings} close=${() => (playing.value = false)} />`}
  </main>`;
}
