/**
 * The JavaScript client of the leaderboard server: one module, no dependencies, for browsers (and Node from 22 on).
 *
 *     import { connect, join } from "./leaderboard.js";
 *     const { token } = await join("K7P2QXMB", "Linh");
 *     const live = connect({ quiz: "K7P2QXMB", token });
 *     live.addEventListener("board", ({ detail }) => console.log(detail.rows));
 *     const { points } = await live.answer(0, [2]);
 *
 * The connection comes back by itself, and requests survive that: what was not acknowledged is sent again with the same
 * id. What the messages hold, and every refusal and close code, stands in docs/protocol.md.
 */

const GIVE_UP = new Set([1007, 1009, 4400, 4401, 4403, 4404, 4409]);
const TAKEN_OVER = 4409;
const TOLD = new Set([1012, 4410]); // with these the server says when to come back
const GHOST_MS = 30_000; // so long a hello that we gave up may still arrive, and take our own place
const WELCOME_WITHIN_MS = 10_000;
const QUIET_MS = 15_000; // after this long without a message: ask whether anybody is there
const PONG_WITHIN_MS = 5_000;
const STABLE_MS = 10_000; // a connection that lived this long was a success: back-off starts over
const REPEAT_MS = 8_000; // a request without a reply is sent again; the server replies within 5 s, if only that it is busy
const BACKOFF_MS = { least: 500, first: 1_000, most: 20_000 };
const JOIN_TRIES = 3;
const HTTP_WITHIN_MS = 10_000;
const GATEWAY = new Set([502, 503, 504]); // the request may not have reached a node
const MAX_REQUESTS = 32; // without a reply: the server takes no more of one socket
const MAX_BYTES = 4096; // of one request: the server closes the socket of whoever sends more
const LOST = ["LOST", "No reply has come; look again before you decide."];

/** What the server (or the lack of one) said no to: `code` for programs, `detail` for people. */
export class Refusal extends Error {
  constructor(code, detail) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
  }
}

/**
 * Become a player. Keep the token: it is who you are. Tried up to three times, as one request.
 * @param {string} quiz the ID, or a PIN
 * @param {string} name 1 to 32 visible characters
 * @param {string} [url] address of the server; this page's, if left out
 * @param {string} [team] the name of one, in a quiz that has teams
 * @returns {Promise<{quiz: string, id: string, name: string, token: string}>} rejects with a `Refusal`
 */
export async function join(quiz, name, url = location.origin, team = "") {
  const headers = { "content-type": "application/json", "idempotency-key": key() };
  const response = await persist(address(url, quiz, "players"), { method: "POST", headers, body: JSON.stringify({ name, team: team || undefined }) });
  if (!response) throw new Refusal("UNREACHABLE", "The server cannot be reached.");
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(body.code ?? "UNREACHABLE", body.detail ?? `The server replied ${response.status}.`);
  return { quiz, ...body };
}

/**
 * Watch a quiz, or with a token play or host it.
 * @param {{quiz: string, token?: string, url?: string}} options
 * @returns {Live}
 */
export function connect({ quiz, token, url = location.origin }) {
  return new Live(address(url, quiz, "live").replace(/^http/, "ws"), token);
}

/**
 * A connection to one quiz. Its newest knowledge is in `state`, `board`, `you`, `role`, `player` and `status`;
 * each change is announced by an event of the same name with the news as `detail`:
 *
 * - `welcome`: connected (again); all of the above is new
 * - `state`, `board`, `you`: as in the protocol; older ones than what is known are dropped
 * - `status`: `{status, code, reason}`; "connecting" at first, "online", "offline" while it tries to come back, and
 *   "ended" for good, with the close code that says why
 */
export class Live extends EventTarget {
  status = "connecting";
  /** "player", "host" or "spectator" @type {?string} */ role = null;
  /** who one is: `{id, name}` */ player = null;
  state = null;
  board = null;
  you = null;

  #address;
  #token;
  #socket = null;
  #alarm = 0; // one timer: what happens if nothing else does
  #failures = 0;
  #welcomedAt = Infinity;
  #ghostUntil = 0;
  #askedAt = 0; // when the hello or ping was sent that is not answered yet
  #clock = { offset: Date.now() - performance.now(), rtt: Infinity };
  #pending = new Map(); // id → {message, text, resolve, reject, sent, refusals, timer}
  #ids = Math.random().toString(36).slice(2, 12);
  #count = 0;
  #listening = new AbortController();

  constructor(address, token) {
    super();
    this.#address = address;
    this.#token = token || undefined;
    const { signal } = this.#listening;
    for (const name of ["online", "offline"]) globalThis.addEventListener?.(name, () => this.#check(), { signal });
    globalThis.document?.addEventListener("visibilitychange", () => document.hidden || this.#check(), { signal });
    this.#open();
  }

  /** The server's time in milliseconds, as far as it can be told from here. */
  serverNow() {
    return performance.now() + this.#clock.offset;
  }

  /**
   * Answer a question. Resolves with the server's ack when the answer is kept, however long that takes; rejects with a
   * `Refusal` when it never will be. Each call is an answer of its own: where answers can be changed, a later one with
   * another choice replaces it. While points are held back, the ack has none.
   * @param {number} question
   * @param {number | string | (number | string)[]} choice a place or places, counted from 0; one number; one text
   */
  answer(question, choice) {
    return this.request("answer", { question, choice: [choice].flat() });
  }

  /**
   * With self pacing: draw the question after the one seen last (-1: the first). Its clock starts with that; it stands in
   * `you.own` then. With the pacing `draw`: one that nobody else gets, or open the box that one has bought.
   * @param {number} after
   * @param {{difficulty?: string, topic?: string, question?: number}} kind with the pacing `draw`: what is asked for
   */
  draw(after, kind = {}) {
    return this.request("draw", { after, ...kind });
  }

  /**
   * Any other request: a host's verb, with its members as `fields`. `reset`, `next` without `after`, `close` without
   * `question` and `extend` without `closes_at` mean something else the second time: they are sent once, and without a
   * reply rejected as "LOST". All others are sent again; `adjust`, `correct` and `undo` are done once for each id.
   */
  async request(type, fields = {}) {
    const message = { type, id: `${this.#ids}-${++this.#count}`, ...fields };
    const text = JSON.stringify(message);
    if (this.status === "ended") throw new Refusal("ENDED", "The connection has ended.");
    if (this.#pending.size >= MAX_REQUESTS) throw new Refusal("TOO_MANY", `${MAX_REQUESTS} requests are waiting for their replies.`);
    if (new TextEncoder().encode(text).length > MAX_BYTES) throw new Refusal("TOO_LARGE", `A request has at most ${MAX_BYTES} bytes.`);
    return new Promise((resolve, reject) => {
      const request = { message, text, resolve, reject, sent: false, refusals: 0, timer: 0 };
      this.#pending.set(message.id, request);
      this.#submit(request);
    });
  }

  /** End the connection. */
  close() {
    this.#end(1000, "");
  }

  #open() {
    this.#drop();
    const socket = (this.#socket = new WebSocket(this.#address));
    socket.onerror = () => this.#lost(); // all that Node.js 20 says of a refused upgrade: no close follows
    socket.onopen = () => {
      socket.onerror = null;
      this.#ask({ type: "hello", token: this.#token });
    };
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
    this.#wake(WELCOME_WITHIN_MS, () => this.#lost());
  }

  /** Forget the socket; whatever it still says is not heard. */
  #drop() {
    clearTimeout(this.#alarm);
    this.#askedAt = 0;
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = this.#socket.onerror = null;
    this.#socket.close();
    this.#socket = null;
  }

  #lost(code = 1006, reason = "") {
    this.#drop();
    const ghost = code === TAKEN_OVER && performance.now() < this.#ghostUntil;
    if (GIVE_UP.has(code) && !ghost) return this.#end(code, reason);
    if (this.#welcomedAt === Infinity) this.#ghostUntil = performance.now() + GHOST_MS;
    if (performance.now() - this.#welcomedAt > STABLE_MS) this.#failures = 0;
    this.#welcomedAt = Infinity;
    this.#reject(...LOST, (it) => it.sent && onceOnly(it.message));
    const told = TOLD.has(code) && /retry_ms=(\d+)/.exec(reason);
    this.#wake(told ? Number(told[1]) : backoff(this.#failures++), () => this.#open());
    this.#become("offline", code, reason);
  }

  #end(code, reason) {
    this.#drop();
    this.#listening.abort();
    this.#reject("ENDED", reason || "The connection has ended.");
    this.#become("ended", code, reason);
  }

  #become(status, code, reason) {
    this.status = status;
    this.#emit("status", { status, code, reason });
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #wake(ms, what) {
    clearTimeout(this.#alarm);
    this.#alarm = setTimeout(what, ms);
  }

  #send(text) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  /** Send what is answered with the server's time. Without an answer yet, the time of the first one counts. */
  #ask(message) {
    this.#askedAt ||= performance.now();
    this.#send(JSON.stringify(message));
  }

  #ping() {
    this.#ask({ type: "ping" });
    this.#wake(PONG_WITHIN_MS, () => this.#lost());
  }

  /** The network or the page is back: do not wait for timers. */
  #check() {
    if (this.status === "online") this.#ping();
    else this.#open();
  }

  #hear(message) {
    const welcome = this.status === "online" || message.type === "welcome"; // before that nothing else counts
    if (welcome) this.#wake(QUIET_MS, () => this.#ping());
    this.#handlers[message.type]?.(message);
  }

  #handlers = {
    welcome: (message) => this.#welcome(message),
    state: (state) => this.#take(state) && this.#emit("state", state),
    board: (board) => this.#take(board) && this.#emit("board", board),
    you: (you) => this.#own(you),
    pong: ({ now }) => this.#tell(now),
    ack: (ack) => this.#acknowledge(ack),
    refused: (refused) => this.#refuse(refused),
  };

  #welcome({ role, player, now, state, board, you }) {
    if (this.status === "online") return;
    this.#welcomedAt = performance.now();
    this.#clock.rtt = Infinity; // the device may have slept: measure afresh
    this.#tell(now);
    this.#take(state);
    this.#take(board);
    Object.assign(this, { role, player, you });
    this.#become("online");
    this.#emit("welcome", { role, player });
    this.#emit("state", this.state);
    this.#emit("board", this.board);
    this.#emit("you", you);
    for (const request of this.#pending.values()) this.#submit(request);
  }

  /** The server's time, half a round trip ago. The shortest trip is the truest, unless the two cannot both be true. */
  #tell(now) {
    if (!this.#askedAt) return;
    const rtt = performance.now() - this.#askedAt;
    const offset = now + rtt / 2 - performance.now();
    this.#askedAt = 0;
    const moved = Math.abs(offset - this.#clock.offset) > (rtt + this.#clock.rtt) / 2;
    if (moved || rtt <= this.#clock.rtt) this.#clock = { offset, rtt };
  }

  /** Replace a snapshot, unless the new one is older. Another epoch makes waiting answers meaningless. */
  #take(news) {
    const old = this[news.type];
    if (old?.epoch === news.epoch && news.version < old.version) return false;
    this[news.type] = news;
    if (news.type === "state" && old && old.epoch !== news.epoch) {
      if (this.you) this.you = { ...this.you, version: 0, answer: null, result: null, own: null, box: null, near: null, next: null, moves: null };
      const meaningless = ({ message: { type } }) => ["answer", "draw", "buy", "release"].includes(type);
      this.#reject("STARTED_OVER", "The quiz has started over.", meaningless);
    }
    return true;
  }

  /** A standing that was read before the last ack does not know of it yet. Drawing a question makes no new version. */
  #own(you) {
    const before = this.you;
    const inOrder = this.state?.pacing === "self" && before && you.epoch === before.epoch;
    if (before && (you.version < before.version || (inOrder && drawn(you) < drawn(before)))) return;
    this.you = you;
    if (you?.name && this.player) this.player.name = you.name; // the host may have changed it
    this.#emit("you", you);
  }

  #submit(request) {
    clearTimeout(request.timer);
    if (this.status !== "online") return;
    request.sent = true;
    this.#send(request.text);
    request.timer = setTimeout(() => this.#repeat(request), REPEAT_MS);
  }

  /** It was sent, and no reply has come. */
  #repeat(request) {
    if (onceOnly(request.message)) this.#reject(...LOST, (it) => it === request);
    else this.#submit(request);
  }

  #acknowledge(ack) {
    const request = this.#settle(ack.id);
    if (!request) return;
    if (request.message.type === "answer") this.#answered(ack);
    if (ack.drawn) {
      const { version, drawn: question, opened_at, closes_at } = ack;
      this.#own({ ...this.you, version, answer: null, own: { question, opened_at, closes_at }, box: null, last: question.number, moves: null });
    }
    if (ack.box) this.#own({ ...this.you, version: ack.version, points: ack.total, box: ack.box, moves: null });
    request.resolve(ack);
  }

  /** Points that are held back are in no ack: those known stay. */
  #answered({ version, question, choice, attempts, points, total = this.you.points }) {
    const current = (this.you.own ?? this.state).question?.number === question;
    const answer = current ? { question, choice, attempts, points } : this.you.answer;
    const own = this.state.pacing === "draw" ? null : this.you.own; // there an answer closes the question
    this.#own({ ...this.you, version, points: total, answer, own, moves: null });
  }

  #refuse({ id, code, detail, retry }) {
    const request = this.#pending.get(id);
    if (!request) return;
    if (!retry || onceOnly(request.message)) return this.#settle(id).reject(new Refusal(code, detail));
    clearTimeout(request.timer);
    request.timer = setTimeout(() => this.#submit(request), backoff(request.refusals++));
  }

  #settle(id) {
    const request = this.#pending.get(id);
    clearTimeout(request?.timer);
    this.#pending.delete(id);
    return request;
  }

  #reject(code, detail, which = () => true) {
    for (const request of [...this.#pending.values()].filter(which)) {
      this.#settle(request.message.id).reject(new Refusal(code, detail));
    }
  }
}

/** What would mean something else the second time. */
function onceOnly({ type, ...fields }) {
  const guard = { next: "after", close: "question", extend: "closes_at" }[type]; // with it, the second time does nothing
  return type === "reset" || (guard !== undefined && fields[guard] === undefined);
}

/** The number of the question drawn last. */
function drawn({ own }) {
  return own?.question.number ?? -1;
}

/** Full jitter above half a second: a thousand clients that lost the same server do not come back in step. */
function backoff(failures) {
  const { least, first, most } = BACKOFF_MS;
  return least + Math.random() * (Math.min(most, first * 2 ** failures) - least);
}

/** Names a request, however often it is sent. (`crypto.randomUUID` is not there on a page without TLS.) */
function key() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The reply, or null if there is none however often one asks. What a gateway says is not what the server says. */
async function persist(url, request) {
  for (let failures = 0; ; failures++) {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout?.(HTTP_WITHIN_MS) }).catch(() => null);
    if ((response && !GATEWAY.has(response.status)) || failures === JOIN_TRIES - 1) return response;
    await new Promise((resolve) => setTimeout(resolve, backoff(failures)));
  }
}

function address(url, quiz, what) {
  return new URL(`/v1/quizzes/${encodeURIComponent(quiz)}/${what}`, url).href;
}
