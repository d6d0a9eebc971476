/** The library: one's quizzes, found, played, kept in order. */

import { html, useEffect, useSignal } from "../../html.js";
import { date, listed, t, why } from "../../language.js";
import { call, requestKey } from "../api.js";
import { Do, sure, tell, tellWhy } from "../parts.js";
import { Draft } from "./draft.js";
import { Exporting } from "./exporting.js";
import { Playing } from "./playing.js";
import { sample } from "./samples.js";
import { loadSchema } from "./schema.js";

const TYPED_MS = 250;
const NOTHING = { search: "", tag: "", language: "", archived: false };

const make = async (quiz) => {
  const { id } = await call("POST", "/library", { body: quiz, key: requestKey() });
  location.hash = `#/library/${id}`;
};

/** What the library has of these: {entries, next, busy}. A page can be empty though there is more. */
function useEntries(wanted) {
  const found = useSignal({ entries: null, next: null, refusal: null });
  const asked = useSignal(0);
  const more = async (cursor, before) => {
    const turn = ++asked.value;
    let page = { entries: [], next: cursor };
    do page = await call("GET", "/library", { query: { ...wanted.value, cursor: page.next ?? undefined } });
    while (!page.entries.length && page.next);
    if (turn === asked.value) found.value = { entries: [...before, ...page.entries], next: page.next, refusal: null };
  };
  const again = () => more(null, []).catch((refusal) => (found.value = { entries: [], next: null, refusal }));
  useEffect(() => {
    const timer = setTimeout(again, found.value.entries ? TYPED_MS : 0);
    return () => clearTimeout(timer);
  }, [wanted.value]);
  return { found, again, more: () => more(found.value.next, found.value.entries) };
}

export default function Library() {
  const wanted = useSignal(NOTHING);
  const { found, again, more } = useEntries(wanted);
  const playing = useSignal(null);
  const exporting = useSignal(null);
  const want = (part) => (wanted.value = { ...wanted.value, ...part });
  const play = async ({ id }) => {
    await loadSchema();
    playing.value = await Draft.open(id);
  };
  const stop = async (then) => {
    const draft = playing.value;
    playing.value = null;
    await draft.save();
    await then(draft);
  };
  const { entries, next, refusal } = found.value;
  const everything = Object.keys(NOTHING).every((name) => wanted.value[name] === NOTHING[name]);
  return html`<main class="library">
    <div class="bar-above"><h1>${t("library")}</h1><span class="buttons"><${Do} act=${() => make({ title: t("untitled"), questions: [] })}>${t("new")}<//><a class="button plain" href="#/import">${t("import")}</a></span></div>
    ${!(everything && entries?.length === 0) && html`<${Search} wanted=${wanted.value} want=${want} entries=${entries ?? []} />`}
    ${refusal && html`<p class="error" role="alert">${why(refusal)}</p>`}
    ${entries?.length === 0 && !refusal && (everything ? html`<${Empty} />` : html`<p class="second nothing" role="status">${t("nothing")}</p>`)}
    <ul class="entries">${entries?.map((entry) => html`<${Entry} key=${entry.id} entry=${entry} want=${want} again=${again} play=${() => play(entry)} toExport=${() => (exporting.value = entry)} />`)}</ul>
    ${next && html`<p class="buttons"><${Do} class="plain" act=${more}>${t("more.entries")}<//></p>`}
    ${playing.value && html`<${Playing} draft=${playing.value} toSettings=${() => stop(({ id }) => (location.hash = `#/library/${id}?settings`))} close=${() => stop(again)} />`}
    ${exporting.value && html`<${Exporting} entry=${exporting.value} close=${() => (exporting.value = null)} />`}
  </main>`;
}

function Search({ wanted, want, entries }) {
  const languages = [...new Set([wanted.language, ...entries.map(({ language }) => language)])].filter(Boolean).sort();
  return html`<form class="search" role="search" onSubmit=${(event) => event.preventDefault()}>
    <input type="search" aria-label=${t("search")} placeholder=${t("search.hint")} maxlength="200" value=${wanted.search} onInput=${({ target }) => want({ search: target.value })} />
    ${languages.length > 0 && html`<select aria-label=${t("language.of")} onChange=${({ target }) => want({ language: target.value })}>
      <option value="">${t("language.any")}</option>${languages.map((code) => html`<option value=${code} selected=${code === wanted.language}>${code}</option>`)}</select>`}
    <label class="check"><input type="checkbox" checked=${wanted.archived} onChange=${({ target }) => want({ archived: target.checked })} /> ${t("archived")}</label>
    ${wanted.tag && html`<button type="button" class="plain tag" aria-label=${t("tag.off", { tag: wanted.tag })} onClick=${() => want({ tag: "" })}><bdi>${wanted.tag}</bdi> ×</button>`}
  </form>`;
}

function Empty() {
  const WAYS = [
    ["new", () => make({ title: t("untitled"), questions: [] })],
    ["sample", async () => (location.hash = `#/library/${await sample()}`)],
  ];
  return html`<section class="empty card"><h2>${t("empty")}</h2><p class="second">${t("empty.about")}</p>
    <p class="buttons">${WAYS.map(([name, act], n) => html`<${Do} class=${n ? "plain" : ""} act=${act}>${t(`empty.${name}`)}<//>`)}
    <a class="button plain" href="#/import">${t("empty.import")}</a><a class="button plain" href="#/import?words">${t("empty.words")}</a></p></section>`;
}

function Entry({ entry, want, again, play, toExport }) {
  const { id, title, description, tags, version } = entry;
  const done = (text) => async () => (tell(text), await again());
  const deeds = {
    duplicate: () => call("POST", `/library/${id}/duplicate`, { key: requestKey(), version }).then(done(t("duplicated", { title }))),
    archive: () => call("POST", `/library/${id}/archive`, { body: { archived: !entry.archived }, version }).then(done(t(entry.archived ? "unarchived" : "archived.now", { title }))),
    delete: async () => (await sure(t("delete.sure", { title }), { yes: t("delete") })) && call("DELETE", `/library/${id}`, { version }).then(done(t("deleted", { title }))),
  };
  const act = (name) => () => deeds[name]().catch(async (refusal) => (tellWhy(refusal), refusal.code === "OUTDATED" && (await again())));
  return html`<li class="card entry-of">
    <div class="about"><h2><a href=${`#/library/${id}`} dir="auto">${title}</a></h2>
      <p class="second">${listed(t("questions", { n: entry.questions }), entry.language, t("changed", { when: date(entry.changed_at) }))}</p>
      <p class="description" dir="auto">${description}</p>
      <p class="tags">${tags.map((tag) => html`<button type="button" class="plain tag" aria-label=${t("tag.only", { tag })} onClick=${() => want({ tag })}><bdi>${tag}</bdi></button>`)}</p></div>
    <p class="buttons"><${Do} act=${play} aria-label=${t("play.it", { title })}>${t("play")}<//>
      <${More} title=${title}>
        <a class="button plain" href=${`#/library/${id}`}>${t("edit")}</a>
        <${Do} class="plain" act=${act("duplicate")}>${t("duplicate")}<//>
        <button type="button" class="plain" onClick=${toExport}>${t("export")}</button>
        <${Do} class="plain" act=${act("archive")}>${t(entry.archived ? "unarchive" : "archive")}<//>
        <${Do} class="plain bad" act=${act("delete")}>${t("delete")}<//>
      <//></p>
  </li>`;
}

/** What is done more seldom. It closes when one goes elsewhere. */
function More({ title, children }) {
  const leave = ({ currentTarget, relatedTarget }) => currentTarget.contains(relatedTarget) || (currentTarget.open = false);
  return html`<details class="menu" onFocusOut=${leave}><summary class="button plain" aria-label=${t("more.of", { title })}>⋯</summary><div class="card">${children}</div></details>`;
}
