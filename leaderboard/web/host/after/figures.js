/** What the results of a quiz say in numbers. Nothing here needs a browser. */

const WRITTEN = new Set(["number", "text", "order"]); // where choices cannot be counted one by one
const MOST_WRITTEN = 8;

/** How an answer is to be looked at: "none", "given" (where nothing is right), "right", "partly" or "wrong". */
export function verdict(question, record) {
  if (!record) return "none";
  if (question.type === "poll") return "given";
  return record.grade === 1 ? "right" : record.grade === 0 ? "wrong" : "partly";
}

/** Rows with what they are searched and sorted by. */
export function prepared(results) {
  const counting = results.rounds.filter((n) => !results.void.includes(n));
  const right = ({ answers }) => counting.filter((n) => verdict(results.content[n], answers[n]) === "right").length;
  return { ...results, rows: results.rows.map((row) => ({ ...row, right: right(row), searched: row.name.toLowerCase() })) };
}

const names = new Intl.Collator();
const BY = {
  rank: (a, b) => (a.rank || Infinity) - (b.rank || Infinity) || 0,
  name: (a, b) => names.compare(a.name, b.name),
  points: (a, b) => b.points - a.points,
  right: (a, b) => b.right - a.right,
};
const ofQuestion = (n) => (a, b) => (b.answers[n]?.points ?? -Infinity) - (a.answers[n]?.points ?? -Infinity) || 0;

/** The rows whose name has `text` in it, in this order. @param by "rank", "name", "points", "right", or a question's number */
export function arranged(rows, { text = "", by = "rank", backwards = false } = {}) {
  const part = text.trim().toLowerCase();
  const found = part ? rows.filter(({ searched }) => searched.includes(part)) : [...rows];
  const compare = BY[by] ?? ofQuestion(by);
  return found.sort(backwards ? (a, b) => compare(b, a) : compare);
}

/**
 * How a question was answered by those on the board: {none, given, right, partly, wrong, choices: how often each was made,
 * written: [{choice, n, right}] the answers that were given most, where nothing can be counted by choices}.
 */
export function figures(results, n) {
  const question = results.content[n];
  const counted = { none: 0, given: 0, right: 0, partly: 0, wrong: 0, choices: question.choices.map(() => 0), written: [] };
  const written = new Map();
  for (const { aside, answers } of results.rows) {
    const record = answers[n];
    if (aside) continue;
    counted[verdict(question, record)] += 1;
    if (!record) continue;
    if (WRITTEN.has(question.type)) count(written, record);
    else for (const place of record.choice) counted.choices[place] += 1;
  }
  counted.written = [...written.values()].sort((a, b) => b.n - a.n).slice(0, MOST_WRITTEN);
  return counted;
}

/** Spellings that differ in case only are one answer. */
function count(written, { choice, grade }) {
  const key = choice.map((it) => String(it).trim().toLowerCase()).join("\n");
  const known = written.get(key);
  if (known) known.n += 1;
  else written.set(key, { choice, n: 1, right: grade === 1 });
}
