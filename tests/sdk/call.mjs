/** Functions of a module that needs no browser. The arguments are its file and [[name, …arguments], …] as JSON; so are the answers. */

import { readFile } from "node:fs/promises";

const [file, calls] = process.argv.slice(2);
const module = await import(`data:text/javascript,${encodeURIComponent(await readFile(file, "utf8"))}`);
console.log(JSON.stringify(JSON.parse(calls).map(([name, ...given]) => (typeof module[name] === "function" ? module[name](...given) : module[name]))));
