/** A quiz while it is being written: what it was, what it is, and what of it the server has. */

import { batch, computed, signal } from "../../html.js";
import { call } from "../api.js";
import { firstFlaw } from "./flaws.js";
import { blank, essence, equal } from "./schema.js";

const AFTER_MS = 1_000; // without a change: then it is saved
const AGAIN_MS = 5_000; // after the server could not be reached
const ONE_STEP_MS = 1_000; // changes of one field that are taken back together
const STEPS = 100;
const LATER = ["UNREACHABLE", "BUSY", "RATE_LIMITED", "INTERNAL_ERROR"];

/** Names a question of the draft while it is open here. No JSON shows it, and a copy with another text keeps it. */
export const ID = Symbol("question");
let questions = 0;

export const marked = (question) => ({ ...question, [ID]: ++questions });

const kindOf = ({ type, answer }) => type ?? (answer.length > 1 ? "several" : "one");
const written = (quiz) => ({ ...quiz, settings: { ...blank("Settings"), ...quiz.settings }, questions: quiz.questions.map((it) => marked({ ...it, type: kindOf(it) })) });
const versionOf = (reply) => reply.headers.get("etag").replaceAll('"', "");

async function read(id) {
  const reply = await call("GET", `/library/${id}`, { raw: true });
  return { quiz: written(await reply.json()), version: versionOf(reply) };
}

const bare = (quiz) => ({ ...essence("Quiz", quiz), settings: essence("Settings", quiz.settings), questions: quiz.questions.map((it) => essence("Question", it)) });
const same = (one, other) => equal(bare(one), bare(other));

export class Draft {
  #past = [];
  #future = [];
  #last = { about: null, at: 0 };
  #timer = 0;
  #closed = false;

  /** "" (there is nothing to say), "saving", "offline", "refused", "outdated" */ status = signal("");
  /** Why it was refused. */ refusal = signal(null);
  /** What somebody else has made of it: {quiz, version}, while one has to choose. */ theirs = signal(null);
  /** How many steps can be taken back, and forth. */ steps = signal([0, 0]);

  constructor(id, { quiz, version }) {
    this.id = id;
    this.version = version;
    this.quiz = signal(quiz);
    this.saved = signal(quiz);
    this.flawed = computed(() => firstFlaw(this.quiz.value));
    this.unsaved = computed(() => this.quiz.value !== this.saved.value);
  }

  static async open(id) {
    return new Draft(id, await read(id));
  }

  /** `about`: what is changed. What follows soon after with the same name is one step with it. */
  change(quiz, about = null) {
    const now = Date.now();
    const goesOn = about !== null && this.#last.about === about && now - this.#last.at < ONE_STEP_MS;
    if (!goesOn) this.#past = [...this.#past, this.quiz.value].slice(-STEPS);
    this.#last = { about, at: now };
    this.#future = [];
    this.#show(quiz);
  }

  undo() {
    if (this.#past.length) this.#step(this.#past, this.#future);
  }

  redo() {
    if (this.#future.length) this.#step(this.#future, this.#past);
  }

  #step(from, to) {
    to.push(this.quiz.value);
    this.#last.about = null;
    this.#show(from.pop());
  }

  #show(quiz) {
    batch(() => {
      this.quiz.value = quiz;
      this.steps.value = [this.#past.length, this.#future.length];
      if (this.status.value === "refused") this.status.value = "";
    });
    this.#saveAfter(AFTER_MS);
  }

  #saveAfter(ms) {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => this.save(), ms);
  }

  /** Save it, unless it has flaws or somebody has to choose first. Resolves with whether the server has all of it now. */
  async save() {
    clearTimeout(this.#timer);
    while (this.saving) await this.saving;
    if (!this.unsaved.value) return true;
    if (this.flawed.value.count || this.theirs.value) return false;
    this.saving = this.#send(this.quiz.value);
    await this.saving;
    this.saving = null;
    return !this.unsaved.value;
  }

  async #send(quiz) {
    this.status.value = "saving";
    try {
      this.#keep(quiz, (await call("PUT", `/library/${this.id}`, { body: quiz, version: this.version })).version);
    } catch (refusal) {
      await this.#refused(quiz, refusal);
    }
  }

  #keep(quiz, version) {
    batch(() => {
      this.version = version;
      this.saved.value = quiz;
      this.status.value = "";
    });
  }

  async #refused(quiz, refusal) {
    const later = LATER.includes(refusal.code);
    batch(() => {
      this.refusal.value = refusal;
      this.status.value = later ? "offline" : "refused";
    });
    if (later) this.#saveAfter(AGAIN_MS);
    if (refusal.code === "OUTDATED") await this.#compare(quiz).catch((why) => this.#refused(quiz, why));
  }

  /** Somebody was faster; or it was oneself, and the reply was lost. */
  async #compare(quiz) {
    const theirs = await read(this.id);
    if (same(theirs.quiz, quiz)) return this.#keep(quiz, theirs.version);
    batch(() => {
      this.theirs.value = theirs;
      this.status.value = "outdated";
    });
  }

  /** Theirs comes in the place of mine, which can be had back; or mine stays, and theirs is written over. */
  choose(taken) {
    const { quiz, version } = this.theirs.value;
    batch(() => {
      this.version = version;
      this.theirs.value = null;
      this.saved.value = quiz;
      this.status.value = "";
      if (taken) this.change(quiz);
    });
    if (!taken) this.save();
  }

  /** Nothing of it is saved from now on. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}
