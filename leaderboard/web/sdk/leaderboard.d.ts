/** Types of leaderboard.js. What each member means stands in docs/protocol.md. */

/** Milliseconds since 1970, by the server's clock. */
export type Time = number;
/** A place, counted from 0; a number; or a text. */
export type Value = number | string;
export type Role = "player" | "host" | "spectator";
export type Status = "connecting" | "online" | "offline" | "ended";

export interface Card {
  id: string;
  name: string;
  /** The ID of the team that one plays for. */
  team?: string;
}

export type Difficulty = "easy" | "medium" | "hard";

export interface Player extends Card {
  /** The ID of the quiz, also if one joined with a PIN. */
  quiz: string;
  /** Keep it: it is who one is. */
  token: string;
  /** One was in already. */
  rejoined: boolean;
  /** Until the host lets one in. */
  waiting: boolean;
}

export interface Question {
  number: number;
  type: "one" | "several" | "boolean" | "number" | "text" | "order" | "poll";
  text: string;
  choices: string[];
  points: number;
  /** Seconds. */
  time_limit: number;
  rule: "speed" | "linear" | "flat" | "order";
  penalty: number;
  partial: boolean;
  difficulty?: Difficulty;
  topic?: string;
  /** An address, `/v1/media/…` of the server or elsewhere. */
  image?: string;
  /** What is to be seen. */
  image_alt?: string;
  /** An address, as of the image. */
  audio?: string;
}

export interface Key {
  answer: Value[];
  revision: number;
  explanation?: string;
  tolerance?: number;
  void?: boolean;
}

export interface Correction {
  number: number;
  at: Time;
  kind: "key" | "skip";
  question: number;
  reason: string;
  /** The correction that this one takes back. */
  undoes?: number;
}

/** Within an epoch a higher version is newer. */
interface Snapshot {
  epoch: string;
  version: number;
}

export interface State extends Snapshot {
  type: "state";
  now: Time;
  title: string;
  /** How many there are. */
  questions: number;
  pacing: "host" | "auto" | "self" | "draw";
  reveal: "instant" | "close";
  reanswer: "never" | "until_close";
  /** with "generated" the server finds a name for everybody */
  names: "own" | "generated";
  order: "descending" | "ascending";
  /** Who sees whom on the board; the host sees all. */
  privacy: "open" | "top" | "near" | "own" | "pseudonyms";
  phase: "lobby" | "question" | "closed" | "running" | "finished";
  opened_at: Time | 0;
  closes_at: Time | 0;
  paused_at: Time | 0;
  next_at: Time | 0;
  locked: boolean;
  frozen: boolean;
  correcting: boolean;
  /** With which people can join just now, instead of the ID. */
  pin: string | null;
  question: Question | null;
  key: Key | null;
  /** How often each place was chosen; under "right", how many were right. */
  counts: Record<string, number> | null;
  correction: Correction | null;
}

export interface Row extends Card {
  rank: number;
  points: number;
  online: boolean;
}

export interface TeamRow extends Card {
  rank: number;
  points: number;
  players: number;
}

export interface Board extends Snapshot {
  type: "board";
  players: number;
  online: number;
  answered: number;
  held: boolean;
  hidden: number;
  rows: Row[];
  /** Where players play for teams: the best of these. */
  teams?: TeamRow[];
}

/** An answer that the server has; without points while they are held back. */
export interface Given {
  question: number;
  choice: Value[];
  attempts: number;
  points?: number;
}

export interface Result {
  question: number;
  points: number;
  bonus: number;
  grade: number | null;
  ms: number | null;
  streak: number | null;
  rank: number | null;
  moved: number | null;
  ahead: Ahead | null;
}

/** Another player, and by how many points. */
export interface Ahead extends Card {
  by: number;
}

/** What has happened since one was told last. */
export interface Moves {
  /** Places won; below 0 if lost. */
  by: number;
  /** Three of them at most. */
  overtook: Card[];
  overtaken_by: Card[];
  /** One has come to the rows of the board, or left them. */
  top: "entered" | "left" | null;
}

/** A box that one has bought and not opened. */
export interface Box {
  difficulty: Difficulty;
  price: number;
  prize: number;
  /** Else it is paid back. */
  open_by: Time;
}

/** The question that one has drawn, with the pacing "self" or "draw". */
export interface Own {
  question: Question;
  opened_at: Time;
  closes_at: Time;
}

export interface You extends Snapshot {
  type: "you";
  points: number;
  rank: number | null;
  answer: Given | null;
  result: Result | null;
  closes_at: Time | null;
  own: Own | null;
  /** With the pacing "draw". */
  box: Box | null;
  /** With the pacing "draw": the number of the question that one has drawn last (-1: none), also if one holds it no more. */
  last: number | null;
  /** Until the host lets one in. */
  waiting: boolean;
  /** The host may change it. */
  name: string;
  /** With the privacy "pseudonyms": what others see of one. */
  alias: Card | null;
  /** With the privacy "near": the rows around one's own. */
  near: Row[] | null;
  /** Who is at the next better place, and how many points are missing to come there. */
  next: Ahead | null;
  /** Said once: in the next message it is gone. */
  moves: Moves | null;
}

export interface Welcome {
  type: "welcome";
  role: Role;
  player: Card | null;
  now: Time;
  state: State;
  board: Board;
  you: You | null;
}

export interface Pong {
  type: "pong";
  now: Time;
}

export interface Ack {
  type: "ack";
  id: string;
  /** It had been done already. */
  duplicate: boolean;
  /** The store had it on disk before it was acknowledged. */
  durable: boolean;
  version: number;
}

export interface AnswerAck extends Ack, Given {
  total?: number;
  /** With the pacing "draw", as the rank. */
  correct?: boolean;
  rank?: number;
}

export interface DrawAck extends Ack {
  drawn: Question;
  opened_at: Time;
  closes_at: Time;
}

export interface BoxAck extends Ack {
  box: Box;
  total: number;
}

export interface CorrectionAck extends Ack {
  correction: number;
}

export interface Refused {
  type: "refused";
  id: string | null;
  code: string;
  detail: string;
  retry: boolean;
}

/** All that the server says on the socket. */
export type Message = Welcome | Ack | AnswerAck | DrawAck | BoxAck | CorrectionAck | Refused | State | Board | You | Pong;

/** With the pacing "draw": one of a kind, or a certain one. */
export interface Asked {
  difficulty?: Difficulty;
  topic?: string;
  question?: number;
}

/** The requests on the socket: their members, and the ack. */
export interface Requests {
  answer: [{ question: number; choice: Value[] }, AnswerAck];
  draw: [{ after: number } & Asked, DrawAck];
  buy: [{ difficulty: Difficulty; after: number }, BoxAck];
  release: [{ question?: number }, Ack];
  open: [{ question?: number }, Ack];
  close: [{ question?: number }, Ack];
  next: [{ after?: number }, Ack];
  skip: [{ question: number }, Ack & Partial<CorrectionAck>];
  pause: [{}, Ack];
  resume: [{}, Ack];
  extend: [{ question: number; seconds: number; closes_at?: Time }, Ack];
  lock: [{ locked?: boolean }, Ack];
  pin: [{ on?: boolean }, Ack];
  rename: [{ player: string; name: string }, Ack];
  remove: [{ player: string; ban?: boolean; address?: boolean }, Ack];
  assign: [{ player: string; team?: string; tags?: string[] }, Ack];
  admit: [{ player?: string }, Ack];
  freeze: [{}, Ack];
  reveal: [{ hidden?: number }, Ack];
  extra: [{ player: string; percent: number }, Ack];
  adjust: [{ player: string; points: number; reason: string }, CorrectionAck];
  correct: [
    { question: number; reason: string; answer?: Value[]; void?: boolean; revision?: number },
    CorrectionAck,
  ];
  undo: [{ correction: number; reason?: string }, CorrectionAck];
  finish: [{}, Ack];
  reset: [{}, Ack];
}

/** What was said no to: a code of the server's, or UNREACHABLE, ENDED, LOST, STARTED_OVER, TOO_MANY or TOO_LARGE. */
export class Refusal extends Error {
  constructor(code: string, detail: string);
  code: string;
  detail: string;
}

/** Become a player. `quiz` is the ID or a PIN, `url` the address of the server; this page's, if left out. Rejects with a Refusal. */
export function join(quiz: string, name: string, url?: string | URL, team?: string): Promise<Player>;

/** Watch a quiz, or with a token play or host it. */
export function connect(options: { quiz: string; token?: string | null; url?: string | URL }): Live;

export interface StatusChange {
  status: Status;
  /** The close code, when offline or ended. */
  code?: number;
  reason?: string;
}

export interface LiveEvents {
  status: StatusChange;
  welcome: Pick<Welcome, "role" | "player">;
  state: State;
  board: Board;
  /** null for hosts and spectators, after each welcome. */
  you: You | null;
}

/** A connection to one quiz, and the newest that is known of it. It comes back by itself. An EventTarget. */
export class Live {
  /** `connect` makes the address. */
  constructor(address: string, token?: string | null);
  readonly status: Status;
  readonly role: Role | null;
  readonly player: Card | null;
  readonly state: State | null;
  readonly board: Board | null;
  readonly you: You | null;

  /** The server's time, as far as it can be told from here. */
  serverNow(): Time;
  answer(question: number, choice: Value | Value[]): Promise<AnswerAck>;
  /** With self pacing: the question after the one seen last (-1: the first). With the pacing "draw": one that nobody else gets. */
  draw(after: number, kind?: Asked): Promise<DrawAck>;
  /** Any request. Resolves with the server's ack, rejects with a Refusal. */
  request<R extends keyof Requests>(type: R, ...fields: Members<Requests[R][0]>): Promise<Requests[R][1]>;
  /** End the connection. */
  close(): void;

  addEventListener<K extends keyof LiveEvents>(
    type: K,
    listener: ((this: Live, event: CustomEvent<LiveEvents[K]>) => void) | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof LiveEvents>(
    type: K,
    listener: ((this: Live, event: CustomEvent<LiveEvents[K]>) => void) | null,
    options?: boolean | EventListenerOptions,
  ): void;
  dispatchEvent(event: Event): boolean;
}

/** They may be left out where none is needed. */
type Members<Fields> = {} extends Fields ? [fields?: Fields] : [fields: Fields];

export {}; // what is not exported above is not there
