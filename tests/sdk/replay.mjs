/** A ledger, played. The arguments are the module's file and {players, options, pages, indices, own_pace} as JSON; so is the answer. */

import { readFile } from "node:fs/promises";

const [file, given] = process.argv.slice(2);
const { Replay, sections, courses } = await import(`data:text/javascript,${encodeURIComponent(await readFile(file, "utf8"))}`);
const { players, options, pages, indices, own_pace } = JSON.parse(given);
const replay = new Replay(players, options);
for (const page of pages) replay.add(page);
const tops = indices.map((index) => {
  replay.seek(index);
  return replay.top(5).map(({ id, rank, points }) => [id, rank, points]);
});
const parts = sections(replay, own_pace);
console.log(JSON.stringify({ tops, sections: parts, courses: courses(replay, parts, players.slice(0, 2)), duration: replay.duration, length: replay.length }));
