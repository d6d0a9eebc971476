/** The projector: what everybody may see, large. There is nothing to press and nothing secret on it. */

import { html, render } from "../html.js";
import { load } from "../language.js";
import { Board } from "../parts/board.js";
import { Line } from "../parts/frame.js";
import { Room } from "../room.js";

await load("play");
const quiz = new URLSearchParams(location.search).get("quiz");
const room = new Room({ quiz });

function Screen() {
  const [state, board] = [room.state.value, room.board.value];
  return html`<${Line} room=${room} />${state && html`<main><h1 dir="auto">${state.title}</h1><${Board} id="board" rows=${board.rows} /></main>`}`;
}

render(html`<${Screen} />`, document.body);
