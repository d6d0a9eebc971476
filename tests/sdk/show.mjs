/** What the module exports, and what a connection offers. The argument is its file; the answer is JSON. */

import { readFile } from "node:fs/promises";

const source = await readFile(process.argv[2], "utf8");
const sdk = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const live = sdk.connect({ quiz: "Q", url: "http://127.0.0.1:1" });
const methods = Object.getOwnPropertyNames(sdk.Live.prototype);
console.log(JSON.stringify({ exports: Object.keys(sdk), members: [...methods, ...Object.keys(live)] }));
live.close();
