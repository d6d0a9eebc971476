/** What pages ask for that anybody may see, or a player: above all the way in. */

import { isPin } from "./codes.js";
import { Refusal } from "../sdk/leaderboard.js";

const REPLY_WITHIN_MS = 10_000;

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
