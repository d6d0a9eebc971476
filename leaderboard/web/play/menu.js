/** What one can set: the language, sounds, light or dark, and who one is. */

import { html, useEffect, useSignal } from "../html.js";
import { t } from "../language.js";
import { Languages, Themes } from "../parts/frame.js";
import { wake } from "./chime.js";
import { Dialog } from "../parts/dialog.js";

export function Menu({ room, quiz, other, close }) {
  return html`<${Dialog} title=${room.player.value.name} close=${close}>
    <div class="setting"><span>${t("language")}</span><${Languages} /></div>
    <label class="setting"><span>${t("theme")}</span><${Themes} /></label>
    <${Sounds} />
    <div class="choices-of-way"><a class="button plain" href=${`/screen?quiz=${quiz}`} target="_blank">${t("watch.only")}</a>
    <button type="button" class="plain" onClick=${() => (close(), other())}>${t("not.you")}</button>
    <a class="button plain" href="/">${t("other.code")}</a></div>
  <//>`;
}

function Sounds() {
  const sounds = useSignal(null);
  useEffect(() => void wake().then((found) => (sounds.value = found)), []);
  const sounding = sounds.value?.sounding;
  const set = ({ target }) => {
    sounding.value = target.checked;
    sounds.value.play("kept");
  };
  return html`<label class="setting"><span>${t("sounds")}</span><input type="checkbox" checked=${sounding?.value ?? false} disabled=${!sounding} onChange=${set} /></label>`;
}
