/** How people get in: codes as they write them, and the tokens that say who one is. */

import { isPin } from "../parts/codes.js";
import { Refusal } from "../sdk/leaderboard.js";

const REPLY_WITHIN_MS = 10_000;
const KEPT = "leaderboard:players"; // [[quiz, token], …], the latest first
const MOST = 30;
const PLACES = [() => sessionStorage, () => localStorage]; // the tab's own comes first: two tabs can be two players

let unkept = []; // instead of them in a browser that keeps nothing

/** GET something, as whoever the token says. Rejects with a Refusal. */
export async function read(path, token = "") {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const reply = await fetch(`/v1/${path}`, { headers, signal: AbortSignal.timeout?.(REPLY_WITHIN_MS) }).catch(() => null);
  const body = await reply?.json().catch(() => null);
  if (!reply?.ok || !body) throw new Refusal(body?.code ?? "UNREACHABLE", body?.detail);
  return body;
}

/** The ID of the quiz with this ID or PIN. Rejects with a Refusal. */
export async function find(code) {
  if (!/^(\d{6}|\w{8}(-\d{12})?)$/.test(code)) throw new Refusal("BAD_CODE", "");
  const { quiz = code } = await read(isPin(code) ? `codes/${code}` : `quizzes/${code}`);
  return quiz;
}

function seats(place) {
  try {
    const found = JSON.parse(place().getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? found.filter(Array.isArray) : [];
  } catch {
    return unkept;
  }
}

function write(place, list) {
  try {
    place().setItem(KEPT, JSON.stringify(list));
  } catch {
    unkept = list;
  }
}

/** The token that one has for this quiz, or "". */
export const tokenOf = (quiz) => PLACES.flatMap(seats).find(([it]) => it === quiz)?.[1] ?? "";

/** Remember it here; of many quizzes the oldest are forgotten. */
export function keep(quiz, token) {
  for (const place of PLACES) write(place, [[quiz, token], ...seats(place).filter(([it]) => it !== quiz)].slice(0, MOST));
}

export function forget(token) {
  for (const place of PLACES) write(place, seats(place).filter(([, it]) => it !== token));
}
