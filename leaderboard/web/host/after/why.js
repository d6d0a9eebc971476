/** How somebody's points came about, in words. */

import { html } from "../../html.js";
import { listed, number, percent, signed, t } from "../../language.js";
import { call } from "../api.js";
import { Dialog } from "../parts.js";
import { verdict } from "./figures.js";
import { useFetched, Waiting } from "./loading.js";

/** What stands at the beginning of a line that is about no question, and how we say it. */
const OTHERS = [
  [/^everybody starts with these$/, "why.start"],
  [/^the team starts with these$/, "why.team"],
  [/^joined late/, "why.late"],
  [/^given by the host: (?<reason>.*)$/s, "why.given"],
  [/^taken by the host: (?<reason>.*)$/s, "why.taken"],
  [/^staked on a box$/, "why.staked"],
  [/^sent by other programs: (?<events>\d+)/, "why.sent"],
  [/^removed by the host$/, "why.removed"],
];

export function Why({ row, results, close }) {
  const { found, refusal, again } = useFetched(() => call("GET", `/quizzes/${results.quiz}/players/${encodeURIComponent(row.player)}/explanation`, { as: results.as }));
  return html`<${Dialog} title=${t("why.of", { name: row.name })} close=${close} wide>
    ${found.value
      ? html`<ol class="why">${found.value.lines.map((line) => html`<${Step} line=${line} row=${row} results=${results} />`)}
          <li class="sum"><b>${t("why.total")}</b><b class="points">${number(found.value.total)}</b></li></ol>
          ${!found.value.complete && html`<p class="error">${t("why.incomplete")}</p>`}`
      : html`<${Waiting} refusal=${refusal.value} again=${again} />`}
  <//>`;
}

function Step({ line, row, results }) {
  const about = line.question === null ? null : results.content[line.question];
  return html`<li><div>
      <p>${about ? html`${t("question", { question: line.question + 1 })} · <bdi class="second">${about.text}</bdi>` : other(line.text)}</p>
      ${about && html`<p class="second">${ofAnswer(results, line.question, row.answers[line.question])}</p>`}
    </div><b class=${`points${line.delta < 0 ? " bad" : ""}`}>${signed(line.delta)}</b></li>`;
}

function other(text) {
  for (const [pattern, key] of OTHERS) {
    const found = pattern.exec(text);
    if (found) return t(key, { reason: found.groups?.reason, n: Number(found.groups?.events ?? 0) });
  }
  return text;
}

/** What an answer gave, and why. */
function ofAnswer(results, n, record) {
  const [question, key] = [results.content[n], results.keys[n]];
  if (!record) return t("verdict.none");
  if (question.type === "poll") return t("why.poll");
  if (results.void.includes(n)) return t("void");
  const [how, s] = [verdict(question, record), (ms) => number(Math.round(ms / 10) / 100)];
  const grade = how === "partly" ? t("why.partly", { share: percent(record.grade) }) : t(`verdict.${how}`);
  if (record.box) return listed(grade, t("why.box", { price: record.box[0], prize: record.box[1] }));
  return listed(
    grade,
    t("why.after", { time: s(record.time), limit: s(record.limit) }),
    t(`why.rule.${question.rule}`, { points: question.points }),
    record.place > 0 && t("why.place", { place: record.place }),
    how === "wrong" && question.penalty > 0 && t(record.points ? "why.penalty" : "why.spared", { points: question.penalty }),
    key.revision > 1 && t("why.corrected"),
    record.attempts > 1 && t("why.attempts", { n: record.attempts }),
    record.credit > 0 && t("why.credit", { ms: record.credit }),
    record.bonus > 0 && t("why.bonus", { n: record.streak, points: record.bonus }),
  );
}
