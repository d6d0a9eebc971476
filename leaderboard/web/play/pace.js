/** At one's own pace, while one has no question: the next one, and where questions are drawn, which kind, and boxes. */

import { html, useEffect, useSignal } from "../html.js";
import { date, duration, signed, t } from "../language.js";
import { useNow } from "../parts/clock.js";
import { Standings } from "./closed.js";
import { read } from "../parts/door.js";
import { standing } from "./place.js";

const LOOK_MS = 5_000;
const DIFFICULTIES = ["easy", "medium", "hard"];

export function Pace(props) {
  const { room, now, turn } = props;
  const drawing = now.pacing === "draw";
  const { waiting, box } = room.you.value;
  return html`<section class="pace">
    <h1>${t(drawing ? "pace.draw" : "pace.self")}</h1>
    <p class="second">${t("questions", { n: now.questions })}. ${t(drawing ? "pace.draw.how" : "pace.self.how")}${now.closes_at ? ` ${t("open.until", { time: date(now.closes_at) })}` : ""}</p>
    <p role="status" class=${waiting ? "second" : "bad"}>${waiting ? t("let.in") : turn.refusal.value}</p>
    ${drawing && html`<${Brought} answer=${room.you.value.answer} />`}
    ${box ? html`<${Held} ...${props} box=${box} />` : drawing ? html`<${Pool} ...${props} />` : html`<button type="button" class="big" disabled=${waiting || turn.asking.value} onClick=${() => turn.next()}>${t("start")}</button>`}
    ${drawing && html`<${Standings} room=${room} now=${now} />`}
  </section>`;
}

/** What the last question gave: it closed with the answer. */
function Brought({ answer }) {
  if (answer?.points === undefined) return null;
  const right = answer.points > 0;
  return html`<p class=${`brought ${right ? "good" : "bad"}`}>${right ? `✓ ${t("right")} ${signed(answer.points)}` : `✗ ${t("wrong")}`}</p>`;
}

/** What is free, looked up again and again: others draw too. */
function usePool(quiz, token) {
  const pool = useSignal(null);
  useEffect(() => {
    const look = () => document.hidden || read(`quizzes/${quiz}/pool`, token).then((found) => (pool.value = found), () => {});
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [quiz, token]);
  return pool.value;
}

function Pool({ room, quiz, token, turn }) {
  const pool = usePool(quiz, token);
  const topic = useSignal("");
  const busy = turn.asking.value || room.you.value.waiting;
  const draw = (kind = {}) => () => turn.next({ ...kind, ...(topic.value && { topic: topic.value }) });
  const free = DIFFICULTIES.filter((it) => pool?.difficulties[it] > 0);
  const topics = Object.entries(pool?.topics ?? {}).filter(([, n]) => n > 0);
  return html`<div class="pool">
    <button type="button" class="big" disabled=${busy || pool?.free === 0} onClick=${draw()}>${t("draw")}</button>
    ${pool && html`<p class="second">${t("pool.free", { n: pool.free })}</p>`}
    ${topics.length > 1 && html`<label class="setting"><span>${t("topic")}</span><select onChange=${({ target }) => (topic.value = target.value)}>
      <option value="">${t("topic.any")}</option>${topics.map(([name, n]) => html`<option key=${name} value=${name}>${name} (${n})</option>`)}</select></label>`}
    ${free.length > 1 && html`<div class="kinds">${free.map((difficulty) => html`<button key=${difficulty} type="button" class="plain big" disabled=${busy} onClick=${draw({ difficulty })}>
      ${t(`difficulty.${difficulty}`)} <span class="second">${t("pool.free", { n: pool.difficulties[difficulty] })}</span></button>`)}</div>`}
    ${pool && Object.keys(pool.boxes).length > 0 && html`<h2>${t("boxes")}</h2><p class="second">${t("boxes.how")}</p>
      <div class="kinds">${DIFFICULTIES.filter((it) => pool.boxes[it]).map((it) => html`<${Offer} key=${it} room=${room} difficulty=${it} box=${pool.boxes[it]} free=${pool.difficulties[it] ?? 0} busy=${busy} buy=${() => turn.buy(it)} />`)}</div>`}
  </div>`;
}

/** Percentages are of one's own points, rounded down. */
const worth = (fixed = 0, percent = 0, points) => fixed + Math.floor((Math.max(0, points) * percent) / 100);

function Offer({ room, difficulty, box, free, busy, buy }) {
  const { points } = standing(room);
  const values = { price: worth(box.price, box.price_percent, points), prize: worth(box.prize, box.prize_percent, points) };
  return html`<div class="card offer"><b>${t(`difficulty.${difficulty}`)}</b><span>${t("box.prize", values)}</span>
    <button type="button" class="big" disabled=${busy || !free} onClick=${buy}>${t("box.buy", values)}</button></div>`;
}

/** A box that one has bought and not opened. */
function Held({ room, turn, box }) {
  const time = useNow(room, true, 250);
  const left = Math.max(0, Math.ceil((box.open_by - time.value) / 1000));
  return html`<div class="card offer"><b>${t(`difficulty.${box.difficulty}`)}</b><span>${t("box.prize", box)}</span>
    <p class="second">${left ? t("box.until", { time: duration(left) }) : t("refused.BOX_LAPSED")}</p>
    <button type="button" class="big" disabled=${turn.asking.value} onClick=${() => turn.next()}>${t("box.open")}</button>
    <button type="button" class="big plain" disabled=${turn.asking.value} onClick=${() => turn.release()}>${t("box.back", { price: box.price })}</button></div>`;
}
