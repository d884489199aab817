// Streams trades of AAPL with the built `@trading/ws-client`: `smoke.mjs <url>`. Prints each price, closes the client after 5
// prices, prints the problems, and does not exit explicitly: a leaked timer would keep the process alive.
import process from "node:process";
import { trades } from "@trading/topic";
import { ClientError, createClient } from "@trading/ws-client";

/** @type {number[]} */
const recovered = [];
/** @type {string[]} */
const problems = [];
/** @type {import("@trading/ws-client").ClientOptions} */
const options = {
  url: process.argv[2] ?? "",
  random: () => 0,
  connectTimeoutMs: 600_000,
  replyTimeoutMs: 600_000,
  onError: ({ code, message }) => problems.push(`${code}: ${message}`),
};

let client = createClient(options);
let socket = "platform";
try {
  client.connect();
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
  client = createClient({ ...options, WebSocket: (await import("ws")).WebSocket });
  socket = `ws package (${error.code})`;
}

client.subscribe(
  trades,
  { symbol: "AAPL" },
  {
    onUpdate({ price }, meta) {
      console.log(price);
      if (meta.recovered) recovered.push(price);
      if (price < 5) return;
      client.close();
      console.log(JSON.stringify({ from: import.meta.resolve("@trading/ws-client"), socket, recovered, problems }));
    },
    onGap: ({ reason }) => problems.push(`gap: ${reason}`),
  },
);
