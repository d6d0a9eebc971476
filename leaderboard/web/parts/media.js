/** The picture and the sound of a question. */

import { html, useEffect, useRef, useSignal } from "../html.js";
import { t } from "../language.js";
import { addressOf } from "./addresses.js";

export function Media({ question: { image, image_alt, audio } }) {
  if (!image && !audio) return null;
  return html`<div class="media">
    ${image && html`<${Picture} key=${image} address=${addressOf(image)} alt=${image_alt} />`}
    ${audio && html`<${Sound} key=${audio} address=${addressOf(audio)} />`}
  </div>`;
}

/** It stands in a frame that has its size from the start, so that nothing jumps when it comes. */
function Picture({ address, alt }) {
  const state = useSignal(address ? "coming" : "absent");
  const there = ({ target }) => {
    target.style.setProperty("--ratio", target.naturalWidth / target.naturalHeight || 1);
    state.value = "there";
  };
  if (state.value === "absent") return html`<div class="picture"><p class="absent">${listed(alt)}</p></div>`;
  return html`<div class="picture"><img src=${address} alt=${alt || t("picture.undescribed")} referrerpolicy="no-referrer"
    class=${state.value} onLoad=${there} onError=${() => (state.value = "absent")} /></div>`;
}

const listed = (alt) => (alt ? t("picture.absent.alt", { alt }) : t("picture.absent"));

/** It falls silent when the question is gone. */
function Sound({ address }) {
  const node = useRef(null);
  const absent = useSignal(!address);
  useEffect(() => () => node.current?.pause(), []);
  if (absent.value) return html`<p class="absent">${t("sound.absent")}</p>`;
  return html`<audio ref=${node} controls preload="metadata" src=${address} aria-label=${t("sound.label")} onError=${() => (absent.value = true)} />`;
}
