/** Fields over one part of the quiz. `form`: {kind, it, flaws, set(name, value)}; labels are the texts `KIND.NAME`. */

import { html, useSignal } from "../../html.js";
import { has, t, plain } from "../../language.js";
import { readNumber } from "../../parts/choices.js";
import { Field } from "../parts.js";
import { equal } from "./schema.js";

export const saysOf = (flaw) => (flaw ? t(`flaw.${flaw.key}`, flaw.values) : "");
export const flawAt = ({ flaws }, name) => flaws.find(({ field }) => field === name);

/** What is missing is said as a hint, what is wrong as a mistake. */
export function Tied({ form, name, label, hint, children }) {
  const flaw = flawAt(form, name);
  const missing = flaw?.key === "empty";
  const key = `${form.kind}.${name}`;
  const help = hint ?? (has(`${key}.hint`) ? t(`${key}.hint`) : "");
  return html`<${Field} label=${label ?? t(key)} hint=${missing ? saysOf(flaw) : help} error=${missing ? "" : saysOf(flaw)}>${children}<//>`;
}

export function Line({ form, name, label, hint, ...more }) {
  const type = ({ target }) => form.set(name, target.value);
  return html`<${Tied} form=${form} name=${name} label=${label} hint=${hint}>
    ${(tied) => html`<input ...${tied} ...${more} dir="auto" value=${form.it[name]} onInput=${type} />`}
  <//>`;
}

export function Lines({ form, name, rows = 2, ...more }) {
  const type = ({ target }) => form.set(name, target.value);
  return html`<${Tied} form=${form} name=${name}>
    ${(tied) => html`<textarea ...${tied} ...${more} dir="auto" rows=${rows} value=${form.it[name]} onInput=${type} />`}
  <//>`;
}

/** A number, with a decimal point or comma; NaN while it is none, or `nothing` where it may be left out. */
export function NumberInput({ value, set, nothing, ...more }) {
  const text = useSignal(null);
  const read = (typed) => (typed.trim() === "" && nothing !== undefined ? nothing : readNumber(typed));
  const fits = text.value !== null && Object.is(read(text.value), value);
  const shown = fits ? text.value : Number.isFinite(value) ? plain(value) : "";
  const type = ({ target }) => set(read((text.value = target.value)));
  return html`<input inputmode="decimal" autocomplete="off" ...${more} value=${shown} onInput=${type} />`;
}

export function Num({ form, name, label, hint, ...more }) {
  return html`<${Tied} form=${form} name=${name} label=${label} hint=${hint}>
    ${(tied) => html`<${NumberInput} ...${tied} ...${more} value=${form.it[name]} set=${(value) => form.set(name, value)} />`}
  <//>`;
}

/** One `of` these, in the texts `SAYS.VALUE`. `none`: what is said for none of them, where that may be. */
export function Pick({ form, name, of, none, says = name }) {
  const chosen = form.it[name] ?? "";
  const choose = ({ target }) => form.set(name, target.value || null);
  return html`<${Tied} form=${form} name=${name}>
    ${(tied) => html`<select ...${tied} onChange=${choose}>
      ${none && html`<option value="" selected=${chosen === ""}>${none}</option>`}
      ${of.map((value) => html`<option value=${value} selected=${value === chosen}>${t(`${says}.${value}`)}</option>`)}
    </select>`}
  <//>`;
}

/** Several in one field. What is being typed stays as it is, as long as it reads as what there is. */
export function Listed({ form, name, read, join, rows }) {
  const text = useSignal(join(form.it[name]));
  const shown = equal(read(text.value), form.it[name]) ? text.value : join(form.it[name]);
  const type = ({ target }) => form.set(name, read((text.value = target.value)));
  const flaw = form.flaws.find(({ field }) => field === name || field.startsWith(`${name}.`));
  return html`<${Tied} form=${{ ...form, flaws: flaw ? [{ ...flaw, field: name }] : [] }} name=${name}>
    ${(tied) => (rows ? html`<textarea ...${tied} dir="auto" rows=${rows} value=${shown} onInput=${type} />` : html`<input ...${tied} dir="auto" value=${shown} onInput=${type} />`)}
  <//>`;
}

export function Tick({ form, name }) {
  const turn = ({ target }) => form.set(name, target.checked);
  return html`<label class="check"><input type="checkbox" checked=${form.it[name]} onChange=${turn} /> ${t(`${form.kind}.${name}`)}</label>`;
}
