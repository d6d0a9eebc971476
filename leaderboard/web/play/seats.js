/** The tokens that say who one is. Fetched by itself, before all else: the page as it came waits for it. */

const KEPT = "leaderboard:players"; // [[quiz, token], …], the latest first
const MOST = 30;
const PLACES = [() => sessionStorage, () => localStorage]; // the tab's own comes first: two tabs can be two players

let unkept = []; // instead of them in a browser that keeps nothing

function seats(place) {
  try {
    const found = JSON.parse(place().getItem(KEPT) ?? "[]");
    return Array.isArray(found) ? found.filter(Array.isArray) : [];
  } catch {
    return unkept;
  }
}

function write(place, list) {
  try {
    place().setItem(KEPT, JSON.stringify(list));
  } catch {
    unkept = list;
  }
}

/** The token that one has for this quiz, or "". */
export const tokenOf = (quiz) => PLACES.flatMap(seats).find(([it]) => it === quiz)?.[1] ?? "";

/** Remember it here; of many quizzes the oldest are forgotten. */
export function keep(quiz, token) {
  for (const place of PLACES) write(place, [[quiz, token], ...seats(place).filter(([it]) => it !== quiz)].slice(0, MOST));
}

export function forget(token) {
  for (const place of PLACES) write(place, seats(place).filter(([, it]) => it !== token));
}

/** The quiz that the address names, unless by its PIN. */
export const named = /[?&]quiz=(\w{8})(?:&|$)/.exec(location.search)?.[1].toUpperCase() ?? "";

let pressed = false;

/** Whether somebody has joined in the page as it came; said once, to the form that takes its place. */
export const hurried = () => [pressed, (pressed = false)][0];

/** The page as it came asks for a name; whoever has one here is not shown that. */
const door = document.querySelector(".card[hidden]");
if (door && !(named && tokenOf(named))) {
  door.hidden = false;
  door.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return; // by the form itself: all of the page is here
    event.preventDefault();
    pressed = event.submitter.disabled = true;
  });
}
