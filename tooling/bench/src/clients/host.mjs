// Runs the clients of one server in a separate process: `node host.mjs <client file> <port> <clients> <topics>`. Sends "ready" when all
// are subscribed, and replies to each message with what every client has received.
import { symbolOf } from "../workload.mjs";

const [file, port, clients, topics] = process.argv.slice(2);
/** @type {{ subscribe(port: number, symbol: string, onUpdate: (bar: { time: number, volume: number }) => void): Promise<unknown> }} */
const { subscribe } = await import(file);

const received = Array.from(
  { length: Number(clients) },
  () => /** @type {[time: number, stamp: number, at: number][]} */ ([]),
);
await Promise.all(
  received.map((updates, index) =>
    subscribe(Number(port), symbolOf(index % Number(topics)), ({ time, volume }) => {
      updates.push([time, volume, Number(process.hrtime.bigint() / 1000n)]);
    }),
  ),
);
process.on("message", () => process.send?.(received));
process.on("disconnect", () => process.exit());
process.send?.("ready");
