/** What the studio asks for over HTTP, and who it asks as. */

import { computed, signal } from "../html.js";
import { Refusal } from "../sdk/leaderboard.js";

const WITHIN_MS = 20_000;
const KEPT = "leaderboard:studio";
const SESSION = "s_"; // begins the token of a session; the admin's has no account
const HOSTS = "leaderboard:host:"; // + quiz: its host's token, for as long as this tab is open

/** A session, or the admin's token. It is kept while the tab is open, or for good if one has asked for that. */
export const token = signal(sessionStorage.getItem(KEPT) ?? localStorage.getItem(KEPT) ?? "");

/** Who that is: {name, role: "admin" | "host" | "player", account: boolean}; null: not known yet, or nobody. */
export const person = signal(null);
export const isAdmin = computed(() => person.value?.role === "admin");

export function keep(text, forGood) {
  forget();
  (forGood ? localStorage : sessionStorage).setItem(KEPT, text);
  token.value = text;
}

export function forget() {
  for (const storage of [sessionStorage, localStorage]) storage.removeItem(KEPT);
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(HOSTS)) sessionStorage.removeItem(key);
  token.value = "";
  person.value = null;
}

/** Names a request, however often it is sent. (`crypto.randomUUID` is not there on a page without TLS.) */
export const requestKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * Ask the server. Returns the reply's JSON, null if it has none, or the Response itself with `raw`. Rejects with a Refusal.
 * @param {object} options `body`: sent as JSON, or as it is if it is a Blob, File or text; `query`: members that are not
 *   undefined; `as`: another token; `key`: an Idempotency-Key, for what makes something; `version`: an If-Match;
 *   `signal`: ends it, in the place of the usual 20 s
 */
export async function call(method, path, { body, query = {}, as = token.value, key, version, raw = false, signal = AbortSignal.timeout?.(WITHIN_MS) } = {}) {
  const url = new URL(`/v1${path}`, location.origin);
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") url.searchParams.set(name, value);
  const plain = body === undefined || body instanceof Blob || typeof body === "string";
  const headers = {
    ...(as && { authorization: `Bearer ${as}` }),
    ...(body !== undefined && { "content-type": plain ? "application/octet-stream" : "application/json" }),
    ...(key && { "idempotency-key": key }),
    ...(version !== undefined && { "if-match": `"${version}"` }),
  };
  const request = { method, headers, body: plain ? body : JSON.stringify(body), signal };
  const reply = await fetch(url, request).catch(() => null);
  if (!reply) throw new Refusal("UNREACHABLE", "");
  if (!reply.ok) {
    const problem = await reply.json().catch(() => ({}));
    throw new Refusal(problem.code ?? "INTERNAL_ERROR", problem.detail ?? "");
  }
  if (raw) return reply;
  return reply.status === 204 ? null : reply.json();
}

/** Find out who the token is. Rejects if it is nobody's. */
export async function whoAmI() {
  if (token.value.startsWith(SESSION)) {
    person.value = { ...(await call("GET", "/account")), account: true };
  } else {
    await call("GET", "/admin/accounts", { query: { limit: 1 } });
    person.value = { name: "", role: "admin", account: false };
  }
}

/** The host's token of a quiz: the one that this tab has, or another one, made for whoever owns the quiz. */
export async function hostToken(quiz) {
  const kept = sessionStorage.getItem(HOSTS + quiz);
  if (kept) return kept;
  const { host_token } = await call("POST", `/quizzes/${quiz}/hosts`, { key: requestKey() });
  keepHost(quiz, host_token);
  return host_token;
}

export const keepHost = (quiz, text) => sessionStorage.setItem(HOSTS + quiz, text);
export const hasHost = (quiz) => sessionStorage.getItem(HOSTS + quiz) !== null;
export const dropHost = (quiz) => sessionStorage.removeItem(HOSTS + quiz);
