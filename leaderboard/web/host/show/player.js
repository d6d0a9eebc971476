/** One player: who they are, why they have these points, and all that a host can do for or against them. */

import { html, useEffect, useSignal } from "../../html.js";
import { listed, number, signed, t, why } from "../../language.js";
import { because } from "../../parts/reasons.js";
import { Dialog, Do, Field, sure, tell, useOnce } from "../parts.js";

const EXTRA = [100, 125, 150, 200, 300, 400]; // percent of the time

export function Player({ desk }) {
  const who = desk.looked.value;
  if (!who) return null;
  const close = () => (desk.looked.value = null);
  return html`<${Dialog} key=${who.id} title=${who.name} close=${close}><${Sheet} desk=${desk} who=${who} close=${close} /><//>`;
}

function Sheet({ desk, who, close }) {
  const { board } = desk.room;
  const there = (desk.truth.value ?? board.value.rows).find(({ id }) => id === who.id);
  return html`
    ${there && html`<p class="second">${listed(t("points", { n: there.points }), !there.online && t("person.away"))}</p>`}
    <div><${Why} desk=${desk} player=${who.id} />
    <${Small} title=${t("rename")}><${One} label=${t("name")} value=${who.name} max=${200} button=${t("rename.do")}
      act=${(name) => desk.do("rename", { player: who.id, name }).then(() => (desk.looked.value = { ...who, name }))} /><//>
    <${Small} title=${t("extra")}><${Extra} desk=${desk} player=${who.id} /><//>
    <${Small} title=${t("adjust")}><${Adjust} desk=${desk} player=${who.id} /><//>
    <${Small} title=${t("groups")}>
      ${board.value.teams && html`<${One} label=${t("team")} hint=${t("team.none")} max=${200} list=${board.value.teams.map(({ name }) => name)} button=${t("save")} act=${(team) => desk.do("assign", { player: who.id, team }).then(() => tell(t("saved")))} empty />`}
      <${One} label=${t("tags")} hint=${t("tags.hint")} max=${200} button=${t("save")} act=${(text) => desk.do("assign", { player: who.id, tags: text.split(/[\s,]+/).filter(Boolean) }).then(() => tell(t("saved")))} empty /><//>
    <${Small} title=${t("remove")}><${Remove} desk=${desk} who=${who} close=${close} /><//></div>`;
}

const Small = ({ title, children }) => html`<details><summary>${title}</summary><div class="rows">${children}</div></details>`;

/** One field with its button. `empty`: nothing is something too. */
function One({ label, hint, value = "", max, list, button, act, empty = false }) {
  const text = useSignal(value);
  const [submit] = useOnce(() => act(text.value.trim()));
  return html`<form class="one" onSubmit=${submit}>
    <${Field} label=${label} hint=${hint}>${(tied) => html`<input ...${tied} dir="auto" maxlength=${max} required=${!empty} value=${text.value} list=${list && `${tied.id}-list`} onInput=${({ target }) => (text.value = target.value)} />
    ${list && html`<datalist id=${`${tied.id}-list`}>${list.map((name) => html`<option value=${name} />`)}</datalist>`}`}<//>
    <button class="plain">${button}</button></form>`;
}

function Extra({ desk, player }) {
  const give = (percent) => desk.do("extra", { player, percent }).then(() => tell(t("saved")));
  return html`<p class="hint">${t("extra.hint")}</p>
    <p class="verbs">${EXTRA.map((percent) => html`<${Do} key=${percent} class="plain" act=${() => give(percent)}>${percent === 100 ? t("extra.none") : t("extra.more", { percent: percent - 100 })}<//>`)}</p>`;
}

function Adjust({ desk, player }) {
  const [submit] = useOnce(async ({ target: form }) => {
    const [points, reason] = [Number(form.elements.points.value), form.elements.reason.value.trim()];
    await desk.do("adjust", { player, points, reason });
    form.reset();
    tell(t("adjusted", { points: signed(points) }));
  });
  return html`<form class="rows" onSubmit=${submit}>
    <${Field} label=${t("adjust.points")} hint=${t("adjust.hint")}>${(tied) => html`<input ...${tied} name="points" type="number" step="1" min="-20000000" max="20000000" required />`}<//>
    <${Field} label=${t("reason")}>${(tied) => html`<input ...${tied} name="reason" required maxlength="200" dir="auto" />`}<//>
    <p><button class="plain">${t("adjust.do")}</button></p></form>`;
}

function Remove({ desk, who, close }) {
  const ban = useSignal(false);
  const address = useSignal(false);
  const check = (signal, label) => html`<label class="check"><input type="checkbox" checked=${signal.value} onChange=${({ target }) => (signal.value = target.checked)} /> ${label}</label>`;
  const act = async () => {
    if (!(await sure(t("sure.remove", { name: who.name }), { yes: t("remove") }))) return;
    await desk.do("remove", { player: who.id, ban: ban.value, address: address.value });
    close();
  };
  return html`<p class="hint">${t("remove.hint")}</p>${check(ban, t("remove.ban"))}${check(address, t("remove.address"))}
    <p><${Do} class="danger" act=${act}>${t("remove")}<//></p>`;
}

/** How their points came about, as long as nobody has pressed: not read. */
function Why({ desk, player }) {
  const asked = useSignal(false);
  const found = useSignal({});
  const { version } = desk.room.board.value;
  useEffect(() => {
    if (asked.value) desk.read(`/players/${player}/explanation`).then((explanation) => (found.value = { explanation }), (refusal) => (found.value = { wrong: why(refusal) }));
  }, [asked.value, asked.value && version]);
  const { explanation, wrong } = found.value;
  return html`<details onToggle=${({ target }) => (asked.value = target.open)}><summary>${t("why")}</summary>
    ${wrong && html`<p class="error">${wrong}</p>`}
    ${explanation && html`<table class="lines"><tbody>${explanation.lines.map((line) => html`<tr><td class="number">${signed(line.delta)}</td><td>${listed(line.question !== null && t("question.nth", { question: line.question + 1 }), because(line.because))}</td><td class="number">${number(line.total)}</td></tr>`)}</tbody></table>
      <p><b>${t("why.total", { points: t("points", { n: explanation.total }) })}</b></p>`}
  </details>`;
}
