// The client of @trading/ws-client for `topic-conformance wire client`. It speaks the line protocol that docs/wire.md describes.
// For your own client, write the same program in its language.
import { createInterface } from "node:readline";
import { bars, executions, orders, quotes, trades } from "@trading/topic";
import { createClient } from "@trading/ws-client";
import { compact as compactUpdates } from "@trading/ws-client/compact";
import { WebSocket } from "ws";

const ROUTES = { bars, quotes, trades, orders, executions };
const FEATURES = [
  "ids",
  "session",
  "batches",
  "positions",
  "gaps",
  "errors",
  "suspects",
  "login",
  "heartbeat",
  "drain",
  "backoff",
  "requests",
  "compact",
];

let client;
let handles = new Map();
/** Resolves a `getToken` that waits for the runner. */
let giveToken = () => {};

function write(event) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function connect({ url, settings, login, compact }) {
  client = createClient({
    url,
    WebSocket,
    eager: true,
    ...settings,
    onError: ({ code, topic }) => write({ type: "error", code, ...(topic !== undefined && { topic }) }),
    ...(compact && { codec: compactUpdates() }),
    ...(login && {
      getToken: () => {
        write({ type: "token" });
        return new Promise((resolve) => {
          giveToken = resolve;
        });
      },
    }),
  });
  const current = client;
  client.onState(({ status }) => current === client && write({ type: "state", state: status }));
}

function subscribe({ listener, route, params }) {
  const handle = client.subscribe(ROUTES[route], params, {
    onUpdate: (update) => write({ type: "update", listener, update }),
    onGap: ({ snapshot }) => write({ type: "gap", listener, snapshot }),
    onStatus: ({ state }) => write({ type: "status", listener, status: state }),
  });
  // The error of a rejection is reported by onError.
  handle.ready.catch(() => {});
  handles.set(listener, handle);
}

function request({ request, operation, payload }) {
  client.request({ name: operation, access: "public" }, payload).then(
    (reply) => write({ type: "reply", request, payload: reply }),
    ({ code }) => write({ type: "rejected", request, code }),
  );
}

const ACTIONS = {
  hello: () => write({ type: "hello", protocol: 1, name: "@trading/ws-client", version: "1.0.0", features: FEATURES }),
  connect,
  subscribe,
  unsubscribe: ({ listener }) => handles.get(listener)(),
  request,
  token: ({ token }) => giveToken(token),
  close() {
    const closing = client;
    client = undefined;
    handles = new Map();
    closing?.close();
    write({ type: "closed" });
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "bye") break;
  ACTIONS[message.type](message);
}
client?.close();
// An open stdin would keep the process alive.
process.stdin.destroy();
