/** The picture and the sound of a question. Their addresses are those that somebody wrote into a quiz: text, to be trusted no further. */

import { $, el, fade } from "./dom.js";

const KEPT_HERE = /^\/v1\/media\/[\w/-]+$/;
const ELSEWHERE = /^https?:\/\/\S+$/;

/**
 * Where it is fetched: here, or elsewhere by https; "" if nowhere. By http a quiz could make everybody's browser call the
 * devices of their home, and the page's policy forbids it.
 */
export function addressOf(text, origin = location.origin) {
  if (KEPT_HERE.test(text) || text.startsWith(`${origin}/v1/media/`)) return text;
  return ELSEWHERE.test(text) ? text.replace(/^http:/, "https:") : "";
}

/** Show what a question has of both, in place of what the one before had. */
export function showMedia({ image, image_alt, audio }) {
  $("media").replaceChildren(...(image ? [picture(image, image_alt)] : []), ...(audio ? [sound(audio)] : []));
}

/** Nobody sees the question any more. */
export function hush() {
  $("media").querySelector("audio")?.pause();
}

/** It stands in a frame that has its size from the start, so that nothing jumps when it comes. */
function picture(address, alt) {
  const [frame, image] = [el("div", "picture"), el("img", "")];
  image.referrerPolicy = "no-referrer";
  image.alt = alt || "A picture without a description";
  image.hidden = true;
  image.addEventListener("load", () => {
    image.style.setProperty("--ratio", image.naturalWidth / image.naturalHeight || 1);
    image.hidden = false;
    fade(image);
  });
  frame.append(fetched(image, address, `The picture cannot be shown${alt ? `: ${alt}` : ""}`));
  return frame;
}

function sound(address) {
  const audio = el("audio", "");
  audio.controls = true;
  audio.preload = "metadata";
  audio.setAttribute("aria-label", "The sound of the question");
  return fetched(audio, address, "The sound cannot be played");
}

/** An element that fetches this address, or a quiet line in its place. */
function fetched(node, address, instead) {
  const line = el("p", "absent", instead);
  node.addEventListener("error", () => node.replaceWith(line), { once: true });
  node.src = addressOf(address);
  return node.getAttribute("src") ? node : line;
}
