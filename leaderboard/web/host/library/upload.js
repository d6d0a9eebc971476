/** Pictures and sounds: sent to the server, or named by their address. */

import { html, useSignal } from "../../html.js";
import { percent, t, why } from "../../language.js";
import { Media } from "../../parts/media.js";
import { Refusal } from "../../sdk/leaderboard.js";
import { token } from "../api.js";
import { Line } from "./fields.js";

const MOST_BYTES = 4 << 20;
const ACCEPTED = { image: "image/png,image/jpeg,image/gif,image/webp,image/avif", audio: "audio/*,video/mp4,video/webm" };

/** Send a file; `step` hears how far it got, 0–1. Only this kind of request tells that. Resolves with its address here. */
const send = (file, step) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const told = () => (request.response?.url ? resolve(request.response.url) : reject(new Refusal(request.response?.code ?? "INTERNAL_ERROR", request.response?.detail ?? "")));
    request.upload.onprogress = ({ loaded, total }) => step(loaded / total);
    request.onload = told;
    request.onerror = () => reject(new Refusal("UNREACHABLE", ""));
    request.responseType = "json";
    request.open("POST", "/v1/media");
    request.setRequestHeader("authorization", `Bearer ${token.value}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.send(file);
  });

/** The picture or the sound of a question: `name` is "image" or "audio". */
export function Upload({ form, name }) {
  const sent = useSignal(null); // how far, 0–1
  const wrong = useSignal("");
  const address = form.it[name];
  const take = async ({ target }) => {
    const [file] = target.files;
    target.value = "";
    if (!file) return;
    if (file.size > MOST_BYTES) return void (wrong.value = t("media.large"));
    [wrong.value, sent.value] = ["", 0];
    await send(file, (share) => (sent.value = share)).then((url) => form.set(name, url), (refusal) => (wrong.value = why(refusal)));
    sent.value = null;
  };
  return html`<fieldset class="upload"><legend>${t(`upload.${name}`)}</legend>
    ${address && html`<${Media} question=${{ [name]: address, image_alt: form.it.image_alt }} />`}
    <p class="buttons">
      <label class="button plain">${sent.value === null ? t(address ? "media.another" : "media.choose") : t("media.sent", { part: percent(sent.value) })}
        <input class="unseen" type="file" accept=${ACCEPTED[name]} disabled=${sent.value !== null} onChange=${take} /></label>
      ${address && html`<button type="button" class="plain" onClick=${() => form.set(name, "")}>${t("media.remove")}</button>`}
    </p>
    <p class="error" role="alert">${wrong.value}</p>
    <p class="hint">${t(`upload.${name}.hint`)}</p>
    <${Line} form=${form} name=${name} type="url" placeholder="https://" />
    ${name === "image" && address && html`<${Line} form=${form} name="image_alt" />`}
  </fieldset>`;
}
