/** What somebody begins with who has nothing yet: the samples that come with the server. */

import { call, requestKey } from "../api.js";

const fetched = async (name) => (await fetch(`/web/samples/${name}`)).blob();

/** Import the sample quiz. Resolves with its ID in the library. */
export async function sample() {
  const { entry } = await call("POST", "/quizzes/import", { body: await fetched("quiz.toml"), query: { name: "quiz.toml" }, key: requestKey() });
  return entry.id;
}

/** The sample word list, as a file. */
export const sampleWords = async () => new File([await fetched("words.csv")], "words.csv");
