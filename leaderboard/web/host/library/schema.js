/** What a quiz may hold: the server's own schema, so that no bound is written twice. */

let kinds = {};

/** @param definitions `$defs` of the schema: Quiz, Question, Settings, Box */
const define = (definitions) => void (kinds = definitions);

export async function loadSchema() {
  if (!kinds.Quiz) define((await (await fetch("/schemas/quiz.json")).json()).$defs);
}

/** What may stand in a field; of one that may be null, what it may be else. */
export function ruleOf(kind, field) {
  const rule = kinds[kind].properties[field];
  return rule.anyOf ? { ...rule.anyOf[0], default: rule.default } : rule;
}

const fields = (kind) => Object.keys(kinds[kind].properties);

/** What holds if nothing is said. */
export const usual = (kind, field) => ruleOf(kind, field).default;

/** One with nothing but defaults. */
export const blank = (kind) =>
  Object.fromEntries(fields(kind).map((field) => [field, usual(kind, field)]).filter(([, value]) => value !== undefined));

export const equal = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Only what differs from the defaults, in the order of the schema. */
export const essence = (kind, it) =>
  Object.fromEntries(fields(kind).filter((field) => field in it && !equal(it[field], usual(kind, field))).map((field) => [field, it[field]]));
