/** Sounds, which are fetched when somebody wants them. */

let sounds = null;

export async function wake() {
  sounds = await import("../parts/sound.js");
  return sounds;
}

export const chime = (name) => sounds?.play(name);

try {
  if (localStorage.getItem("leaderboard:sound") === "on") wake();
} catch {
  // a browser that keeps nothing: no sounds
}
