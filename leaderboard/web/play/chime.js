/** Sounds, which are fetched when somebody wants them. */

import { ofDevice } from "../parts/kept.js";

let sounds = null;

export async function wake() {
  sounds = await import("../parts/sound.js");
  return sounds;
}

export const chime = (name) => sounds?.play(name);

if (ofDevice.get("leaderboard:sound") === "on") wake();
