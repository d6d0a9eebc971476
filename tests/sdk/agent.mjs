/**
 * The JavaScript client on a string: each line on standard input is a call, each line on standard output a reply or an
 * event. Arguments: the file of the client, and JSON of its constants that shall be others: {"REPEAT_MS": 500}.
 */

import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

const [file, constants] = process.argv.slice(2);
let source = await readFile(file, "utf8");
for (const [name, value] of Object.entries(JSON.parse(constants))) {
  const before = source;
  source = source.replace(new RegExp(`^const ${name} = [^;]*;`, "m"), `const ${name} = ${JSON.stringify(value)};`);
  if (source === before) throw new Error(`there is no ${name}`);
}
const { Live, connect, join } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const lives = [];
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const calls = {
  connect(options) {
    const live = connect(options);
    const number = lives.push(live) - 1;
    for (const kind of ["status", "welcome", "state", "board", "you"]) {
      live.addEventListener(kind, ({ detail }) => say({ live: number, kind, news: detail }));
    }
    return number;
  },
  join: ({ quiz, name, url }) => join(quiz, name, url),
  request: ({ live, type, fields }) => lives[live].request(type, fields),
  answer: ({ live, question, choice }) => lives[live].answer(question, choice),
  now: ({ live }) => lives[live].serverNow(),
  close: ({ live }) => (lives[live].close(), lives[live] instanceof Live),
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { call, does, ...fields } = JSON.parse(line);
  try {
    say({ call, result: await calls[does](fields) });
  } catch ({ name, code, detail, message }) {
    say({ call, code: code ?? name, detail: detail ?? message });
  }
}).on("close", () => process.exit());
