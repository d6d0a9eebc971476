/** The server, for who runs it. */

import { html } from "../../html.js";
import { t } from "../../language.js";
import { Views } from "../after/views.js";
import { isAdmin } from "../api.js";
import { DoneBy, Letters } from "./letters.js";
import { Now } from "./now.js";
import { Users } from "./users.js";

const VIEWS = { now: Now, users: Users, letters: Letters, audit: DoneBy };

export default function Admin() {
  return html`<main class="admin"><h1>${t("server")}</h1>
    ${isAdmin.value ? html`<${Views} views=${VIEWS} at="#/admin" />` : html`<p>${t("refused.FORBIDDEN")}</p>`}</main>`;
}
