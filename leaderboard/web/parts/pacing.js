/** What of a state says how a quiz goes on. */

/** Whether each player has a question of their own. */
export const ownPace = ({ pacing }) => pacing === "self" || pacing === "draw";

/** Which question it is: times move when the clock was stopped, the epoch and the number stay. */
export const keyOf = ({ epoch, question }) => `${epoch} ${question?.number}`;
