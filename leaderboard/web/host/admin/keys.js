/** Keys for programs: what each may do and where, said in words. A new one is shown once. */

import { html, useSignal } from "../../html.js";
import { all, date, listed, t } from "../../language.js";
import { Refusal } from "../../sdk/leaderboard.js";
import { useFetched, Waiting } from "../after/loading.js";
import { call, requestKey } from "../api.js";
import { Dialog, Do, sure } from "../parts.js";
import { Choice, Form, Secret, Text } from "./forms.js";
import { POWERS, powersOf, verbsOf } from "./powers.js";

const DAYS = ["30", "90", "365", ""];

export function Keys() {
  const { found, refusal, again } = useFetched(() => call("GET", "/keys"));
  const [making, made] = [useSignal(false), useSignal(null)];
  const keep = async (key) => {
    making.value = false;
    made.value = key;
    await again();
  };
  const revoke = async ({ id, name }) => {
    if (!(await sure(t("key.revoke.sure", { name }), { yes: t("key.revoke") }))) return;
    await call("DELETE", `/keys/${id}`);
    await again();
  };
  return html`<section class="card" aria-label=${t("keys")}><h2>${t("keys")}</h2><p class="second">${t("keys.about")}</p>
    ${found.value ? html`<ul class="lines">${found.value.map((key) => html`<${Line} key=${key.id} ...${key} revoke=${() => revoke(key)} />`)}</ul>` : html`<${Waiting} refusal=${refusal.value} again=${again} />`}
    <p class="buttons"><button type="button" onClick=${() => (making.value = true)}>${t("key.make")}</button></p>
    ${making.value && html`<${Dialog} title=${t("key.make")} close=${() => (making.value = false)}><${Making} keep=${keep} /><//>`}
    ${made.value && html`<${Secret} title=${t("key.made", { name: made.value.name })} about=${t("key.made.about")} text=${made.value.token} close=${() => (made.value = null)} />`}
  </section>`;
}

function Line({ name, verbs, quizzes, used_at, expires_at, revoke }) {
  const { powers, others } = powersOf(verbs);
  const may = all([...powers.map((power) => t(`power.${power}`)), ...others]);
  const where = quizzes.includes("*") ? t("key.everywhere") : t("key.in", { quizzes: all(quizzes) });
  return html`<li><div><b><bdi>${name}</bdi></b><p>${listed(may, where)}</p>
      <p class="second">${listed(used_at ? t("key.used", { when: date(used_at) }) : t("key.unused"), expires_at > 0 && t("key.expires", { when: date(expires_at) }))}</p></div>
    <${Do} class="plain" aria-label=${t("key.revoke.it", { name })} act=${revoke}>${t("key.revoke")}<//></li>`;
}

function Making({ keep }) {
  const key = useSignal(requestKey());
  const [everywhere, powers] = [useSignal(true), useSignal(["all"])];
  const tick = (name) => ({ target }) => (powers.value = target.checked ? [...powers.value, name] : powers.value.filter((it) => it !== name));
  const send = async ({ name, days, quizzes = "" }) => {
    if (!powers.value.length) throw new Refusal("NO_POWER", "");
    const body = { name, verbs: verbsOf(powers.value), quizzes: everywhere.value ? ["*"] : quizzes.split(/[\s,;]+/).filter(Boolean), ...(days && { days: Number(days) }) };
    await keep(await call("POST", "/keys", { body, key: key.value }));
  };
  return html`<${Form} yes=${t("key.make")} send=${send}>
    <${Text} label=${t("key.name")} hint=${t("key.name.hint")} name="name" required maxlength="64" autocomplete="off" />
    <fieldset><legend>${t("key.may")}</legend>${Object.keys(POWERS).map(
      (name) => html`<label class="check"><input type="checkbox" checked=${powers.value.includes(name)} disabled=${name !== "all" && powers.value.includes("all")} onChange=${tick(name)} /> ${t(`power.${name}`)}</label>`,
    )}</fieldset>
    <${Choice} label=${t("key.where")} of=${[["all", t("key.everywhere")], ["some", t("key.some")]]} onChange=${({ target }) => (everywhere.value = target.value === "all")} />
    ${!everywhere.value && html`<${Text} label=${t("key.quizzes")} hint=${t("key.quizzes.hint")} name="quizzes" required autocomplete="off" spellcheck=${false} />`}
    <${Choice} label=${t("key.days")} name="days" value="90" of=${DAYS.map((it) => [it, it ? t("days", { n: Number(it) }) : t("key.forever")])} />
  <//>`;
}
