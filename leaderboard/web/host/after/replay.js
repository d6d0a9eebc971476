/**
 * The board at any moment of a quiz, out of its ledger. Entries are played forwards; each page of them begins with the board
 * as it was then, so that a jump anywhere plays one page at most. Nothing here needs a browser.
 */

const LONGEST_REST_MS = 2_000; // nobody wants to see a board stand still for longer
const NOBODY = -(2 ** 31); // the points of who is not on the board yet
const KEEP_THE_TIE = new Set(["regrade", "rebuild"]); // who was ahead among equals stays so

class Standings {
  constructor(points, since) {
    this.points = points;
    this.since = since; // the entry with which these points were reached
  }

  copy() {
    return new Standings(this.points.slice(), this.since.slice());
  }

  book(page, i) {
    const who = page.who[i];
    if (!page.keeps[i] || this.points[who] === NOBODY) this.since[who] = page.first + i;
    this.points[who] = page.totals[i];
  }
}

export class Replay {
  length = 0; // entries
  duration = 0; // ms, without rests

  #pages = [];
  #latest; // with all entries
  #shown; // up to #index
  #index = 0;
  #at = 0;

  /** @param players the IDs of those who are shown: nobody else's entries count */
  constructor(players, { ascending = false, shared = false } = {}) {
    this.players = players;
    this.numbers = new Map(players.map((id, i) => [id, i]));
    this.ascending = ascending;
    this.shared = shared;
    this.#latest = new Standings(new Int32Array(players.length).fill(NOBODY), new Int32Array(players.length));
    this.#shown = this.#latest.copy();
  }

  /** The next entries of the ledger. */
  add(rows) {
    const known = rows.filter(({ player }) => this.numbers.has(player));
    if (!known.length) return;
    const page = { first: this.length, before: this.#latest.copy(), ...columns(known, this.numbers) };
    page.when = known.map(({ at }) => {
      this.duration += this.#at ? Math.min(LONGEST_REST_MS, Math.max(0, at - this.#at)) : 0;
      this.#at = at;
      return this.duration;
    });
    for (let i = 0; i < known.length; i++) this.#latest.book(page, i);
    this.#pages.push(page);
    this.length += known.length;
  }

  /** How many entries there are until then: ms after the beginning, rests left out. */
  until(when) {
    const page = this.#pages[last(this.#pages.length, (i) => this.#pages[i].when[0] <= when)];
    return page ? page.first + 1 + last(page.who.length, (i) => page.when[i] <= when) : 0;
  }

  /** Show the board as it was after so many entries. */
  seek(index) {
    const page = this.#pages[Math.max(0, last(this.#pages.length, (i) => this.#pages[i].first < index))];
    if (!page) return;
    if (this.#index < page.first || this.#index > index) {
      this.#shown = page.before.copy();
      this.#index = page.first;
    }
    for (; this.#index < index; this.#index++) this.#shown.book(page, this.#index - page.first);
  }

  /** The points of these players at that moment. */
  pointsOf(players) {
    return players.map((id) => this.#shown.points[this.numbers.get(id)]).map((points) => (points === NOBODY ? 0 : points));
  }

  /** The best of that moment, as the board shows them: [{id, rank, points}]. */
  top(most) {
    const { points } = this.#shown;
    const best = [];
    for (let who = 0; who < points.length; who++) {
      if (points[who] === NOBODY || (best.length === most && !this.#ahead(who, best[most - 1]))) continue;
      best.splice(1 + last(best.length, (i) => this.#ahead(best[i], who)), 0, who);
      if (best.length > most) best.pop();
    }
    return this.#ranked(best);
  }

  #ranked(best) {
    const rows = best.map((who, i) => ({ id: this.players[who], rank: i + 1, points: this.#shown.points[who] }));
    if (this.shared) for (let i = 1; i < rows.length; i++) if (rows[i].points === rows[i - 1].points) rows[i].rank = rows[i - 1].rank;
    return rows;
  }

  #ahead(a, b) {
    const { points, since } = this.#shown;
    if (points[a] === points[b]) return since[a] < since[b];
    return this.ascending ? points[a] < points[b] : points[a] > points[b];
  }

  /** An entry: when it was in the replay, the time of day, its question or -1, and whether it came of an answer. */
  entry(index) {
    const page = this.#pages[last(this.#pages.length, (i) => this.#pages[i].first <= index)];
    const i = index - page.first;
    return { when: page.when[i], at: page.at[i], question: page.questions[i], answered: page.answered[i] === 1 };
  }
}

/** Entries as columns: 200,000 of them are 5 MB so. */
function columns(rows, numbers) {
  return {
    who: Uint32Array.from(rows, ({ player }) => numbers.get(player)),
    totals: Int32Array.from(rows, ({ total }) => total),
    at: Float64Array.from(rows, ({ at }) => at),
    questions: Int16Array.from(rows, ({ question }) => question ?? -1),
    keeps: Uint8Array.from(rows, ({ reason }) => (KEEP_THE_TIE.has(reason) ? 1 : 0)),
    answered: Uint8Array.from(rows, ({ reason }) => (reason === "answer" ? 1 : 0)),
  };
}

/** The last of so many for which it is true, if it is true for none after the first false one; else -1. */
function last(length, is) {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (is(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const SECTIONS = 10; // where questions do not come one after another

/**
 * A replay in sections: one for each question, from its first answer to that of the next; with a pace of one's own, ten of
 * the same length. Returns [{end: how many entries there are by then, when, at: of the last one, question: or -1}].
 */
export function sections(replay, ownPace) {
  const ends = (ownPace ? evenly : byQuestion)(replay);
  return ends.map(({ end, question }) => ({ end, question, when: replay.entry(end - 1).when, at: replay.entry(end - 1).at }));
}

function evenly(replay) {
  if (!replay.length) return [];
  return Array.from({ length: SECTIONS }, (_, i) => ({ end: replay.until(((i + 1) * replay.duration) / SECTIONS), question: -1 }));
}

function byQuestion(replay) {
  const [found, seen] = [[], new Set()];
  for (let i = 0; i < replay.length; i++) {
    const { question, answered } = replay.entry(i);
    if (!answered || seen.has(question)) continue;
    seen.add(question);
    if (found.length) found.at(-1).end = i;
    found.push({ question, end: replay.length });
  }
  return found;
}

/** The points of these players at the end of each section: [[points, …], …]. */
export function courses(replay, sections, players) {
  return sections.map(({ end }) => {
    replay.seek(end);
    return replay.pointsOf(players);
  });
}
