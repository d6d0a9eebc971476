/** How people get in: codes as they write them, and the tokens that say who one is. */

import { Refusal } from "../sdk/leaderboard.js";

const REPLY_WITHIN_MS = 10_000;
const KEPT = "leaderboard:players"; // [[quiz, token], …], the latest first
const MOST = 30;
const PLACES = [() => sessionStorage, () => localStorage]; // the tab's own comes first: two tabs can be two players

let unkept = []; // instead of them in a browser that keeps nothing

/** As people write codes: any case, with spaces or dashes. */
export const tidy = (code) => code.toUpperCase().replace(/[^0-9A-Z]/g, "");

export const isPin = (code) => /^\d{6}$/.test(code);

/** A code in two halves, as people read it. */
export const spaced = (code) => `${code.slice(0, code.length / 2)} ${code.slice(code.length / 2)}`;

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
  if (!/^(\d{6}|\w{8})$/.test(code)) throw new Refusal("BAD_CODE", "");
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
