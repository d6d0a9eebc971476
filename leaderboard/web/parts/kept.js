/** What a browser remembers of how one likes the pages. Where it keeps nothing, they hold for as long as the page is open. */

const NAME = "leaderboard:";

export function recall(what) {
  try {
    return localStorage.getItem(NAME + what);
  } catch {
    return null;
  }
}

/** Returns whether it will be remembered. */
export function remember(what, value) {
  try {
    localStorage.setItem(NAME + what, value);
    return true;
  } catch {
    return false;
  }
}
