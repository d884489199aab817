import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "acorn";
import { build as bundle } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Consumer } from "./consumer.js";

const consumer = new Consumer();

beforeAll(async () => {
  await Promise.all(["topic", "ws-client"].map((name) => consumer.install(name)));
  writeFileSync(join(consumer.folder, "session.mjs"), SESSION);
});

afterAll(() => consumer.remove());

/** Has a login, a request, a resume, a saved topic and errors; prints what the application sees of them. */
const SESSION = `
import { defineOperationShape, bars, orders } from "@trading/topic/shapes";
import { ClientError, createClient, sessionTopics } from "@trading/ws-client";
import { ManualClock, MemoryServer } from "@trading/ws-client/testing";

const ping = defineOperationShape({ name: "app.echo", access: "private" });
const server = new MemoryServer({ routes: { bars, orders }, authenticate: (token) => token });
server.handle(ping, (payload) => ({ status: "ok", ...payload }));
const clock = new ManualClock();
const items = new Map();
const storage = { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value) };
const errors = [];
const options = {
  url: "ws://memory", WebSocket: server.WebSocket, clock, random: () => 0.5, routes: { bars }, getToken: () => "user-1",
  onError: (error) => errors.push(error),
};
const client = createClient({ ...options, storage: sessionTopics({ storage }) });
const minute = { symbol: "AAPL", resolution: "1" };
const bar = { time: 1_700_000_000_000, open: 1, high: 3, low: 1, close: 2, volume: 10 };
const seen = [];
client.onResume(({ recovered }) => seen.push(recovered ? "recovered" : "lost"));
const stop = client.subscribe("bars", minute, {
  onUpdate: (update) => seen.push(update.close),
  onStatus: ({ state }) => seen.push(state),
});
const orderStop = client.subscribe(orders, { accountId: "1" }, () => {});
await Promise.all([stop.ready, orderStop.ready]);
server.publish(bars, minute, bar);
await server.settled();
seen.push(JSON.stringify(await client.request(ping, { text: "hello" })));
server.stop();
server.publish(bars, minute, { ...bar, close: 3 });
server.start();
await clock.advanceAsync(1_000);
seen.push(stop.status.state, client.inspect().protocol, client.inspect().topics.length);
const refused = await client.request(ping, {}, { queue: { id: "", ttlMs: 1 } }).catch((error) => error);
client.subscribe("bars", minute, () => { throw new Error("from a listener"); });
for await (const update of client.stream("bars", minute)) {
  seen.push(update.close);
  break;
}
client.close();
seen.push(clock.pending, items.size);
console.log(JSON.stringify({
  seen,
  refused: [refused instanceof ClientError, refused.name, refused.code, refused.message],
  errors: errors.map(({ code, message, topic }) => [code, message, topic]),
}));
`;

const BARS = 'bars:{"resolution":"1","symbol":"AAPL"}';
const SEEN = [
  ...["pending", "syncing", "live", 2, '{"status":"ok","text":"hello"}'],
  ...["pending", "recovered", "syncing", 3, "live", "recovered"],
  ...["live", "session", 2, 3, "error", 0, 2],
];

const SENTENCES = {
  seen: SEEN,
  refused: [true, "ClientError", "invalid_option", 'Invalid option "queue.id": expected 1 to 64 characters, got ""'],
  errors: [["listener_failed", `onUpdate of a listener of ${BARS} threw: Error: from a listener`, BARS]],
};

/** The same session in a build for production, with the numbers of the messages in docs/errors.md. */
function withoutSentences() {
  const page = readFileSync(consumer.path("@trading/ws-client/docs/errors.md"), "utf8");
  const numberOf = (sentence: string) => new RegExp(`## Error (\\d+)\n\n> ${sentence}`).exec(page)?.[1];
  const where = "see docs/errors.md in @trading/ws-client";
  const queueId = numberOf('Invalid option "queue.id"');
  const threw = numberOf("{source} threw");
  return {
    seen: SEEN,
    refused: [true, "ClientError", "invalid_option", `Error ${queueId}, 64, : ${where}`],
    errors: [
      ["listener_failed", `Error ${threw}, onUpdate of a listener of ${BARS}, Error: from a listener: ${where}`, BARS],
    ],
  };
}

test("Node.js gets errors with sentences", async () => {
  expect(JSON.parse(await consumer.node(["session.mjs"]))).toEqual(SENTENCES);
});

test("the condition production gives the same session, with numbers for the sentences", async () => {
  expect(JSON.parse(await consumer.node(["--conditions=production", "session.mjs"]))).toEqual(withoutSentences());
});

test.each(["production", "development"])("Vite bundles the build for its mode %s", async (mode) => {
  // Vite takes the condition from NODE_ENV, which is "test" here.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = mode;
  try {
    await bundle({
      root: consumer.folder,
      mode,
      configFile: false,
      logLevel: "error",
      build: { lib: { entry: "session.mjs", formats: ["es"], fileName: "session" }, outDir: mode, target: "esnext" },
    });
  } finally {
    process.env.NODE_ENV = NODE_ENV;
  }
  const expected = mode === "production" ? withoutSentences() : SENTENCES;
  expect(JSON.parse(await consumer.node([`${mode}/session.mjs`]))).toEqual(expected);
});

/** Functions that Chrome 100, Firefox 100, Safari 16.4 or React Native lacks. */
const NEWER =
  /\.(findLast|findLastIndex|toSorted|toReversed|toSpliced|with|groupBy|withResolvers|fromAsync|canParse|throwIfAborted|isWellFormed|toWellFormed|randomUUID|symmetricDifference)\(|AbortSignal\.(any|timeout)\(|\bstructuredClone\(/;

test.each(["topic", "ws-client"])("the built files of @trading/%s run in the oldest browsers of the README", (name) => {
  const dist = consumer.path("@trading", name, "dist");
  const files = readdirSync(dist, { recursive: true })
    .map(String)
    // Prefetching runs on servers only.
    .filter((file) => file.endsWith(".js") && !file.endsWith("ssr/prefetch.js"));
  expect(files.length).toBeGreaterThan(40);
  for (const file of files) {
    const text = readFileSync(join(dist, file), "utf8");
    const sourceType = file.startsWith("cjs") ? "script" : "module";
    expect(() => parse(text, { ecmaVersion: 2022, sourceType }), file).not.toThrow();
    expect(NEWER.exec(text)?.[0], file).toBeUndefined();
  }
});
