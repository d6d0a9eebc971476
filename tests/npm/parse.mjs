// What gift-pegjs reads in each of the texts on standard input (a list in JSON): its questions, or why it reads none.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { parse } = createRequire(import.meta.url)("gift-pegjs");

const read = (text) => {
  try {
    return parse(text);
  } catch (error) {
    return error.message;
  }
};

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(read)));
