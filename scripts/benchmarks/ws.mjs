// The same fan-out with Node's ws, as its README does it. Orders as for bare.py, with the payload of the message.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(process.argv[2] + "/")("ws");
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, backlog: 4096, perMessageDeflate: false });
server.on("listening", () => console.log(`http://127.0.0.1:${server.address().port}/`));
server.on("connection", (socket) => socket.once("message", () => socket.send("welcome")));

for await (const line of createInterface({ input: process.stdin })) {
  const [times, intervalMs, hex] = line.split(" ");
  const payload = Buffer.from(hex, "hex");
  for (let i = 0; i < Number(times); i++) {
    for (const socket of server.clients) socket.send(payload, { binary: false });
    await new Promise((resolve) => setTimeout(resolve, Number(intervalMs)));
  }
}
process.exit();
