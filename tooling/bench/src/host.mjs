// Runs one server in a separate process, controlled over IPC by server.mjs: `node host.mjs <server file> <options as JSON>`.
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { loads } from "./arrivals.mjs";
import { LongestTurn } from "./turns.mjs";
import { barOf, bookOf, stampOf, symbolOf } from "./workload.mjs";

const [file, options] = process.argv.slice(2);
const { start } = await import(file);
/** @type {import("./server.mjs").Streaming} */
const server = await start(JSON.parse(options));
const symbols = /** @type {string[]} */ ([]);

let published = 0;
const longestTurn = new LongestTurn();

/** @type {ReturnType<typeof loads> | undefined} */
let known;
const allLoads = () => (known ??= loads(false));

/** The present microsecond of CLOCK_MONOTONIC. */
const nowUs = () => Number(process.hrtime.bigint()) / 1000;

const commands = {
  /** Publishes to `topics` topics in rotation, beginning with topic number `first`, in turns of the event loop. @param {import("./server.mjs").Turns} turns */
  async publish({ turns, updates, topics, first = 0, everyMs = 0, sameBar = false }) {
    while (symbols.length < first + topics) symbols.push(symbolOf(symbols.length));
    let due = performance.now();
    for (let turn = 0; turn < turns; turn++) {
      for (let index = 0; index < updates; index++) {
        server.publish(symbols[first + (published % topics)], barOf(sameBar ? 0 : published));
        published++;
      }
      server.endTurn?.();
      due += everyMs;
      const waitMs = due - performance.now();
      // A server that is behind schedule runs its turns without a pause.
      if (waitMs > 0) await sleep(waitMs);
      else await nextTurn();
    }
  },

  /**
   * Publishes the first updates of a load when each is due, at a pace in updates a second. All that are due are published in one
   * turn, also when the server is late.
   *
   * @param {{ load: string, count: number, pace: number }} options
   */
  async play({ load: name, count, pace }) {
    const load = allLoads().find((each) => each.name === name);
    if (load === undefined) throw new Error(`Unknown load ${name}`);
    const { topics, at, levels } = load.arrivals(count);
    while (symbols.length <= Math.max(...load.held)) symbols.push(symbolOf(symbols.length));
    const startUs = nowUs() + 10_000;
    const dueUs = (/** @type {number} */ index) => startUs + (at[index] * 1e6) / pace;
    for (let index = 0; index < count; ) {
      for (const now = nowUs(); index < count && dueUs(index) <= now; index++) {
        const volume = stampOf(dueUs(index));
        const update = load.isMarket ? bookOf(levels[index], volume) : { ...barOf(published), volume };
        server.publish(symbols[topics[index]], update);
        published++;
      }
      server.endTurn?.();
      const waitMs = index < count ? (dueUs(index) - nowUs()) / 1000 : 0;
      if (waitMs > 1) await sleep(waitMs);
      else await nextTurn();
    }
  },

  /** Returns CPU time, memory and handles of the process, after a garbage collection if Node runs with `--expose-gc`. */
  usage() {
    globalThis.gc?.();
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const cpuUs = server.cpuUs?.() ?? user + system;
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    const handles = process.getActiveResourcesInfo();
    const counts = server.counts?.();
    return { cpuUs, rss, heapUsed, held: heapUsed + external, arrayBuffers, handles, counts };
  },

  /** Ends the server as a crash does. */
  kill() {
    server.kill?.();
    process.kill(process.pid, "SIGKILL");
  },

  /** Keeps the event loop busy and measures its longest turn, until `probed`. */
  probe() {
    longestTurn.start();
  },

  /** Returns the longest turn since `probe`. */
  probed() {
    return longestTurn.stop();
  },
};

process.on(
  "message",
  async (/** @type {{ id: number, command: string, argument: any }} */ { id, command, argument }) => {
    const result = await commands[command](argument);
    // The bench ends a server that is too slow while it publishes; its result is then not awaited.
    process.send?.({ id, result }, () => {});
  },
);
process.on("disconnect", () => process.exit());
process.send?.({ id: 0, result: server.port });
