/** What the studio asks for over HTTP, and who it asks as. */

import { batch, computed, signal } from "../html.js";
import { ofDevice, ofTab } from "../parts/kept.js";
import { Refusal } from "../sdk/leaderboard.js";

const WITHIN_MS = 20_000;
const KEPT = "leaderboard:studio";
const SESSION = "s_"; // begins the token of a session; the admin's has no account
const HOSTS = "leaderboard:host:"; // + quiz: its host's token, for as long as this tab is open

const RUN = "leaderboard:studio:run";
const MOST_RUN = 100;

/** The quizzes that were run in this browser, the last one first. Of who has no account the server has no such list. */
export const run = () => (ofDevice.get(RUN) ?? "").split(" ").filter(Boolean);

/** A session, or the admin's token. It is kept while the tab is open, or for good if one has asked for that. */
export const token = signal(ofTab.get(KEPT) ?? ofDevice.get(KEPT) ?? "");

/** Who that is: {name, role: "admin" | "host" | "player", account: boolean}; null: not known yet, or nobody. */
export const person = signal(null);
export const isAdmin = computed(() => person.value?.role === "admin");

/** Be whoever this token is of, from now on. Rejects if it is nobody's; then all is as before. */
export async function become(text, forGood) {
  const who = await personOf(text);
  batch(() => {
    forget();
    (forGood ? ofDevice : ofTab).set(KEPT, text);
    token.value = text;
    person.value = who;
  });
}

export function forget() {
  for (const kept of [ofTab, ofDevice]) kept.drop(KEPT);
  for (const key of ofTab.keys()) if (key.startsWith(HOSTS)) ofTab.drop(key);
  batch(() => {
    token.value = "";
    person.value = null;
  });
}

/** Also the server shall forget the session: whoever has read its token elsewhere has nothing of it. */
export function signOut() {
  if (token.value.startsWith(SESSION)) call("DELETE", "/sessions/current").catch(() => {}); // it ends by itself some day
  forget();
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

/** Let the browser keep what the server has sent. */
export function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Find out who one is. Rejects if the token is nobody's. */
export const whoAmI = async () => (person.value = await personOf(token.value));

async function personOf(text) {
  if (text.startsWith(SESSION)) return { ...(await call("GET", "/account", { as: text })), account: true };
  await call("GET", "/admin/accounts", { as: text, query: { limit: 1 } });
  return { name: "", role: "admin", account: false };
}

/** The host's token of a quiz: the one that this tab has, or another one, made for whoever owns the quiz. */
export async function hostToken(quiz) {
  const kept = ofTab.get(HOSTS + quiz);
  if (kept) return kept;
  const { host_token } = await call("POST", `/quizzes/${quiz}/hosts`, { key: requestKey() });
  keepHost(quiz, host_token);
  return host_token;
}

export function keepHost(quiz, text) {
  ofTab.set(HOSTS + quiz, text);
  ofDevice.set(RUN, [quiz, ...run().filter((it) => it !== quiz)].slice(0, MOST_RUN).join(" "));
}
export const hasHost = (quiz) => ofTab.get(HOSTS + quiz) !== null;
export const dropHost = (quiz) => ofTab.drop(HOSTS + quiz);
