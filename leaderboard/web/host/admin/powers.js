/** What an API key may be good for: in words for people, as verbs for the server. */

export const POWERS = {
  all: ["*"],
  make: [
    ...["create", "keep", "library", "document", "replace_document", "delete_document", "import", "vocabulary", "export_document"],
    ...["put_question", "insert_question", "delete_question", "reorder", "duplicate", "archive", "play", "keep_media", "media", "delete_media", "delete_quiz"],
  ],
  run: [
    ...["open", "close", "next", "skip", "pause", "resume", "extend", "lock", "pin", "freeze", "reveal", "extra", "finish", "reset", "rehearse"],
    ...["admit", "rename", "remove", "assign", "people", "show"],
  ],
  judge: ["preview", "correct", "undo", "adjust"],
  teams: ["register_team", "register_teams", "teams", "team", "change_team", "remove_team", "team_token"],
  join: ["join"],
  score: ["score"],
  read: ["show", "board", "team_board", "standing", "periods", "pool", "people", "results", "explain", "quiz_audit", "export_quiz", "ledger", "counts"],
  seasons: ["make_season", "change_season", "delete_season"],
};

/** The verbs of these powers, each once. */
export const verbsOf = (powers) => [...new Set(powers.flatMap((name) => POWERS[name]))];

/** The powers that such verbs give in full, and the verbs that are left over. */
export function powersOf(verbs) {
  const powers = Object.keys(POWERS).filter((name) => POWERS[name].every((verb) => verbs.includes(verb)));
  const named = new Set(verbsOf(powers));
  return { powers, others: verbs.filter((verb) => !named.has(verb)) };
}
