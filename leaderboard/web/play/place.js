/** One's own place, at the bottom of everything; pressed, it says why one has these points. */

import { html, useEffect, useSignal } from "../html.js";
import { listed, ordinal, t } from "../language.js";
import { Count } from "../parts/motion.js";
import { ownId } from "./closed.js";
import { further, gap, moved } from "./words.js";

const EVENT_MS = 5_000;

/** Points and rank: from the board if that is newer and one is on it, else from what one was told. */
export function standing(room) {
  const [{ rows, version, held }, you] = [room.board.value, room.you.value];
  const row = held ? undefined : rows.find(({ id }) => id === ownId(room));
  const { points, rank } = row && version >= you.version ? row : you;
  return { points, rank: rank ?? row?.rank ?? null }; // in the ceremony, from when one's row is shown
}

export function Place({ room, now, open, tell }) {
  const [board, you] = [room.board.value, room.you.value];
  const event = useEvent(room, tell);
  const { points, rank } = standing(room);
  const result = now.phase === "closed" && you.result?.question === now.question?.number ? you.result : null;
  const distance = gap({ ...board, rows: you.near ?? board.rows }, points, rank, result?.ahead, you.next, now);
  const first = you.waiting ? t("not.in.yet") : event || distance || (rank ? "" : t("no.place"));
  const more = listed(further(result ?? {}), you.alias && t("alias", { name: you.alias.name }));
  return html`<button type="button" class="place card" aria-haspopup="dialog" title=${t("why")} onClick=${open}>
    <b class="rank">${rank ? ordinal(rank) : "–"}</b>
    <span class="about"><span dir="auto">${first}</span>${more && html`<span class="second">${more}</span>`}</span>
    <${Count} class="points" value=${points} /><span class="unseen">${t("points.word")}. ${t("why")}</span>
  </button>`;
}

/** What has just happened to one's place, for a moment. */
function useEvent(room, tell) {
  const event = useSignal("");
  useEffect(() => {
    let passing = 0;
    const forget = room.onYou((you) => {
      if (!you.moves) return;
      event.value = moved(you);
      tell(event.value);
      clearTimeout(passing);
      passing = setTimeout(() => (event.value = ""), EVENT_MS);
    });
    return () => (clearTimeout(passing), forget());
  }, [room]);
  return event.value;
}
