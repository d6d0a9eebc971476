import { html } from "../../html.js";

export default () => html`<main></main>`;
