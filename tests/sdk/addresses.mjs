/** What the page makes of addresses. The arguments are the module's file, the page's origin, and addresses as JSON; so is the answer. */

import { readFile } from "node:fs/promises";

const [file, origin, given] = process.argv.slice(2);
const source = (await readFile(file, "utf8")).replace(/^import .*$/gm, ""); // of what needs a browser
const { addressOf } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
console.log(JSON.stringify(JSON.parse(given).map((text) => addressOf(text, origin))));
