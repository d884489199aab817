import { type Bar, bars, quotes, trades } from "@trading/topic";
import { expect, onTestFinished, test } from "vitest";
import { createServer, defineModule, type Publish, SourceError, serve, type TopicSource } from "../../src/index.js";
import { RecordingLogger } from "../../src/testing/index.js";
import { AAPL, bar } from "../helpers/data.js";
import { turn, until } from "../helpers/event-loop.js";
import { NetworkClient } from "../helpers/network-client.js";
import { fuzz } from "./fuzzer.js";
import { ProtocolChecker } from "./protocol-checker.js";

const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.FUZZ_RUNS ?? (process.env.NEW_SEEDS === "true" ? 50_000 : 15_000));
const ONLY = process.env.FUZZ_BATCH;

/** A source that starts immediately or later, refuses or ends its topic, depending on the topic. Records what runs. */
class FuzzSource<Update> implements TopicSource<unknown, Update> {
  readonly running = new Map<string, Publish<Update>>();
  readonly #first: () => Update;

  constructor(first: () => Update) {
    this.#first = first;
  }

  async createTopic(topic: string, _params: unknown, publish: Publish<Update>, signal: AbortSignal): Promise<void> {
    if (topic.includes("refused")) throw new SourceError("unknown_symbol", "There is no such symbol");
    publish(this.#first());
    if (topic.includes("slow")) await turn();
    if (topic.includes("ended")) setImmediate(() => publish.end());
    if (!signal.aborted) this.running.set(topic, publish);
  }

  removeTopic(topic: string): void {
    this.running.delete(topic);
  }
}

/** Returns the sockets and servers that keep this process alive. */
function handles(): string[] {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"));
}

function stackOf(error: unknown): string {
  return (error instanceof Error && error.stack) || String(error);
}

/** No heartbeat closes a connection, so that hanging ones are found and a slow machine closes none. */
const OPTIONS = { lingerMs: 0, heartbeatIntervalMs: 600_000, maxConnectionLifespanMs: 0 };
/** Interval at which the healthy client sends a request, however long the batches take. */
const KEEP_ALIVE_MS = 10_000;
/** The server releases everything within a second; a busy machine needs longer. */
const SETTLE_MS = 60_000;

/** Waits until a condition is true, at most for `limitMs`. The caller then asserts the condition. */
async function atMost(limitMs: number, isTrue: () => boolean): Promise<void> {
  const end = performance.now() + limitMs;
  while (!isTrue() && performance.now() < end) await turn();
}

test(`${RUNS} hostile inputs cause no failure and no leak (seed ${SEED})`, {
  timeout: 300_000 + RUNS * 20,
}, async () => {
  const checker = new ProtocolChecker();
  const onUnhandled = (error: unknown) => checker.fault("process", `unhandled: ${String(error)}`);
  for (const event of ["unhandledRejection", "uncaughtException"]) process.on(event, onUnhandled);
  onTestFinished(() => {
    for (const event of ["unhandledRejection", "uncaughtException"]) process.off(event, onUnhandled);
  });
  const handlesBefore = handles();
  const prototypeBefore = Reflect.ownKeys(Object.prototype);

  const barSource = new FuzzSource<Bar>(() => bar(0));
  const quoteSource = new FuzzSource(() => ({ s: "error" as const, n: "A", v: {} }));
  const tradeSource = new FuzzSource(() => ({ id: "1", time: 1, price: 1, qty: 1, side: 1 as const }));
  const routes = [serve(bars, barSource), serve(quotes, quoteSource), serve(trades, tradeSource)];
  const logger = new RecordingLogger();
  const modules = [defineModule({ name: "datafeed", version: "1", routes })];
  const server = createServer({ title: "Test", version: "1", modules, logger, ...OPTIONS });
  onTestFinished(() => server.close());
  const { port, url } = await server.listen();

  const healthy = await NetworkClient.connect(url);
  healthy.subscribe("bars", AAPL);
  await healthy.next();
  await healthy.next();
  const isHealthy = () => healthy.socket.readyState === healthy.socket.OPEN;
  let published = 0;
  let received = 0;
  healthy.socket.on("message", (data) => {
    const { type, payload } = JSON.parse(String(data));
    if (type === "bars.update" && payload.payload.time !== ++received) {
      checker.fault("healthy client", `got ${data} where update ${received} was due`);
    }
    healthy.frames.length = 0;
  });
  const publish = [...barSource.running.values()][0] as Publish<Bar>;

  const keepAlive = setInterval(() => healthy.subscribe("bars", AAPL), KEEP_ALIVE_MS);
  onTestFinished(() => clearInterval(keepAlive));
  const startedAt = performance.now();
  let batches = 0;
  const done = await fuzz({
    ...{ port, seed: SEED, runs: RUNS, only: ONLY === undefined ? undefined : Number(ONLY), checker },
    async onBatch() {
      publish(bar(++published));
      if (++batches % 20 !== 0) return;
      await until(() => received === published || !isHealthy());
    },
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  await until(() => received === published || !isHealthy());
  console.log(summary(done, checker, seconds));

  const failed = logger.entries.filter(({ level }) => level === "error").slice(0, 5);
  expect(failed.map(({ message, fields }) => `${message}: ${stackOf(fields?.error)}`)).toEqual([]);
  expect(checker.faults).toEqual([]);
  expect({ isHealthy: isHealthy(), received }).toEqual({ isHealthy: true, received: published });
  expect(Reflect.ownKeys(Object.prototype)).toEqual(prototypeBefore);
  clearInterval(keepAlive);
  healthy.socket.close();
  const isEmpty = () => Object.values(server.counts()).every((count) => count === 0);
  await atMost(SETTLE_MS, isEmpty);
  expect({ ...server.counts(), isEmpty: isEmpty() }).toMatchObject({ isEmpty: true });
  expect([barSource, quoteSource, tradeSource].map(({ running }) => running.size)).toEqual([0, 0, 0]);
  await server.close();
  await atMost(SETTLE_MS, () => handles().length <= handlesBefore.length);
  expect(handles()).toEqual(handlesBefore);
});

function summary(done: Map<string, number>, checker: ProtocolChecker, seconds: number): string {
  const list = (counts: Map<unknown, number>) =>
    [...counts]
      .sort((a, b) => b[1] - a[1])
      .map(([key, count]) => `${key} ${count}`)
      .join(", ");
  const total = [...done.values()].reduce((sum, count) => sum + count, 0);
  return [
    `fuzz: seed ${SEED}, ${total} inputs in ${seconds.toFixed(1)} s: ${list(done)}`,
    `  closes ${list(checker.closes)}; HTTP ${list(checker.statuses)}; messages ${list(checker.replies)}`,
    `  ${checker.faults.length} faults; again: FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}, one batch: FUZZ_BATCH=<number>`,
  ].join("\n");
}
