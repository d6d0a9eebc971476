/** What the projector's page itself can do. The buttons are there while the mouse moves, or the keyboard is on them. */

import { html, useEffect, useSignal } from "../html.js";
import { t } from "../language.js";
import { sounding } from "../parts/sound.js";

const SEEN_MS = 3_000;

const toggleSound = () => (sounding.value = !sounding.value);
const toggleFull = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => {}); // a frame may not
const KEYS = { f: toggleFull, s: toggleSound };

function press({ key, target, ctrlKey, metaKey, altKey }) {
  if (!ctrlKey && !metaKey && !altKey && !/INPUT|SELECT|TEXTAREA/.test(target.tagName)) KEYS[key.toLowerCase()]?.();
}

/** Keep the display from going dark; where that is not to be had, it does. */
const stayAwake = () => document.hidden || navigator.wakeLock?.request("screen").catch(() => {});

export function Controls() {
  const seen = useSignal(false);
  useEffect(() => {
    let timer = 0;
    const show = () => {
      clearTimeout(timer);
      seen.value = true;
      timer = setTimeout(() => (seen.value = false), SEEN_MS);
    };
    document.addEventListener("pointermove", show);
    document.addEventListener("keydown", press);
    document.addEventListener("visibilitychange", stayAwake);
    stayAwake();
  }, []);
  return html`<div class=${`controls${seen.value ? " seen" : ""}`}>
    ${document.fullscreenEnabled && html`<button type="button" class="plain" onClick=${toggleFull}>${t("screen.full")} <kbd>F</kbd></button>`}
    <button type="button" class="plain" aria-pressed=${sounding.value} onClick=${toggleSound}>${t(sounding.value ? "screen.sound.on" : "screen.sound.off")} <kbd>S</kbd></button>
  </div>`;
}
