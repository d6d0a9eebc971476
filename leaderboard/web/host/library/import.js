/** A file, or pasted text, becomes a quiz of the library: first what would come of it, then it is kept. */

import { html, useEffect, useRef, useSignal } from "../../html.js";
import { t, why } from "../../language.js";
import { call } from "../api.js";
import { Do, Field } from "../parts.js";
import { NumberInput } from "./fields.js";
import { Found } from "./found.js";
import { useKey } from "./once.js";
import { sampleWords } from "./samples.js";

const MOST_BYTES = 10 << 20;
const WITHIN_MS = 60_000; // others may wait for their files as well
const LOOKED_MS = 400; // without a change of what is wanted: then it is looked at again
const WAYS = {
  file: { path: "/quizzes/import", accept: ".toml,.json,.csv,.tsv,.xlsx,.gift,.txt" },
  words: { path: "/quizzes/vocabulary", accept: ".csv,.tsv,.xlsx,.json,.txt" },
};
const KINDS = ["word", "meaning", "translation", "reverse", "gap"];
const AS_USUAL = { questions: 20, seed: 0, kinds: KINDS };
const ODDS = 1_000_000; // other questions come of another number

/** What the server makes of it: {made, wrong, busy}. It is asked for one thing after the other: a file takes its time. */
function useMade(way, file, wanted) {
  const made = useSignal(null);
  const wrong = useSignal("");
  const busy = useSignal(false);
  const before = useRef(Promise.resolve());
  const query = { name: file?.name, title: wanted.title.trim() || undefined, ...(way === "words" && { ...wanted.options, kinds: wanted.options.kinds.join() }) };
  const ask = (dry_run, key) => call("POST", WAYS[way].path, { body: file, query: { ...query, dry_run }, key, signal: AbortSignal.timeout(WITHIN_MS) });
  useEffect(() => {
    if (!file) return undefined;
    let current = true;
    const look = async () => {
      if (!current) return;
      const told = await ask(true).then((it) => [it, ""], (refusal) => [null, why(refusal)]);
      if (current) [made.value, wrong.value, busy.value] = [...told, false];
    };
    busy.value = true;
    const timer = setTimeout(() => (before.current = before.current.then(look)), made.value ? LOOKED_MS : 0);
    return () => ((current = false), clearTimeout(timer));
  }, [file, way, JSON.stringify(wanted)]);
  const key = useKey(JSON.stringify([file?.name, file?.size, file?.lastModified, wanted]));
  const keep = async () => (location.hash = `#/library/${(await ask(false, key)).entry.id}`);
  return { made, wrong, busy, keep };
}

export default function Import() {
  const way = useSignal(location.hash.endsWith("?words") ? "words" : "file");
  const file = useSignal(null);
  const wanted = useSignal({ title: "", options: AS_USUAL });
  const large = useSignal(false);
  const { made, wrong, busy, keep } = useMade(way.value, file.value, wanted.value);
  const want = (part) => (wanted.value = { ...wanted.value, ...part });
  const take = (other) => {
    large.value = other.size > MOST_BYTES;
    [made.value, wrong.value, file.value] = [null, "", large.value ? null : other];
  };
  const turn = (name) => ([way.value, file.value, made.value, wrong.value, large.value] = [name, null, null, "", false]);
  return html`<main class="library importing">
    <h1>${t("import.title")}</h1>
    <p class="tabs" role="group" aria-label=${t("import.way")}>${Object.keys(WAYS).map((name) => html`<button type="button" class="plain" aria-pressed=${way.value === name} onClick=${() => turn(name)}>${t(`import.${name}`)}</button>`)}</p>
    <${Source} key=${way.value} way=${way.value} take=${take} file=${file.value} />
    <p class="error" role="alert">${large.value ? t("import.large") : wrong.value}</p>
    ${busy.value && !made.value && html`<p class="second" role="status">${t("import.busy")}</p>`}
    ${file.value && way.value === "words" && html`<${Wishes} options=${wanted.value.options} want=${(options) => want({ options })} />`}
    ${made.value && html`<${Found} made=${made.value} title=${wanted.value.title} rename=${(title) => want({ title })} keep=${keep} busy=${busy.value} />`}
  </main>`;
}

/** Dropped, chosen or pasted. */
function Source({ way, take, file }) {
  const over = useSignal(false);
  const text = useSignal("");
  const drop = (event) => {
    event.preventDefault();
    over.value = false;
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  };
  const choose = ({ target }) => {
    if (target.files[0]) take(target.files[0]);
    target.value = "";
  };
  return html`<section class="source">
    <label class=${`drop card${over.value ? " over" : ""}`} onDragOver=${(event) => (event.preventDefault(), (over.value = true))} onDragLeave=${() => (over.value = false)} onDrop=${drop}>
      <b>${t(`drop.${way}`)}</b><span class="second">${t(`drop.${way}.about`)}</span>${file?.name && html`<bdi class="name">${file.name}</bdi>`}
      <input class="unseen" type="file" accept=${WAYS[way].accept} onChange=${choose} />
    </label>
    <div class="paste">
      <${Field} label=${t(`paste.${way}`)}>${(tied) => html`<textarea ...${tied} dir="auto" rows="7" spellcheck=${false} placeholder=${t(`paste.${way}.example`)} value=${text.value} onInput=${({ target }) => (text.value = target.value)} />`}<//>
      <p class="buttons"><button type="button" class="plain" disabled=${!text.value.trim()} onClick=${() => take(new File([text.value], ""))}>${t("paste.look")}</button>
        ${way === "words" && html`<${Do} class="plain" act=${async () => take(await sampleWords())}>${t("words.sample")}<//>`}</p>
    </div>
  </section>`;
}

/** How many questions of a word list, of which kinds; and others, if one does not like them. */
function Wishes({ options, want }) {
  const turn = (kind) => want({ ...options, kinds: KINDS.filter((it) => (it === kind) !== options.kinds.includes(it)) });
  const only = (kind) => options.kinds.length === 1 && options.kinds[0] === kind;
  return html`<section class="card form wishes" aria-label=${t("wishes")}>
    <${Field} label=${t("wishes.questions")}>${(tied) => html`<${NumberInput} ...${tied} value=${options.questions} set=${(questions) => Number.isInteger(questions) && questions > 0 && want({ ...options, questions })} />`}<//>
    <fieldset class="options"><legend>${t("wishes.kinds")}</legend>${KINDS.map((kind) => html`<label class="check"><input type="checkbox" checked=${options.kinds.includes(kind)} disabled=${only(kind)} onChange=${() => turn(kind)} /> ${t(`kind.${kind}`)}</label>`)}</fieldset>
    <p class="buttons"><button type="button" class="plain" onClick=${() => want({ ...options, seed: Math.floor(Math.random() * ODDS) })}>${t("wishes.others")}</button></p>
  </section>`;
}
