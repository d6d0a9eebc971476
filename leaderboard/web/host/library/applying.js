/** Which settings mean something beside the others. */

import { ownPace } from "../../parts/pacing.js";
import { usual } from "./schema.js";

const drawn = ({ pacing }) => pacing === "draw";

/** When a setting means something, by the settings and the quiz; the others always do. */
const WHEN = {
  lobby_s: ({ pacing }) => pacing === "auto",
  pause_s: ({ pacing }) => pacing === "auto",
  opens_at: ownPace,
  closes_at: ownPace,
  unanswered: drawn,
  places: ({ rule }) => rule === "order",
  floor: ({ penalty }) => penalty > 0,
  streak_bonus: (settings) => !drawn(settings),
  streak_most: ({ streak_bonus }) => streak_bonus > 0,
  reanswer: (settings) => !drawn(settings),
  time_of: ({ reanswer }) => reanswer !== "never",
  late: (settings) => !ownPace(settings),
  reveal: (settings) => !drawn(settings),
  team_best: ({ team_score }) => team_score === "best",
  teams: ({ team_score }, { teams }) => team_score !== "none" || teams.length > 0,
  boxes: drawn,
  debt: ({ boxes }) => Object.keys(boxes).length > 0,
  period: ({ period }, { questions }) => period !== "" || !questions.length,
  timezone: ({ period }) => period !== "",
  history: ({ period }) => period !== "",
};
export const holds = (name, settings, quiz) => WHEN[name]?.(settings, quiz) ?? true;

/** What means nothing any more is as usual again: nobody is surprised by it later. */
export const fitting = (settings, quiz) =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, holds(name, settings, quiz) || name === "places" ? value : usual("Settings", name)]));
