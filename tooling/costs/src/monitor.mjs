// Preloaded into the measured server: reports the time and memory that it spends, on request of the parent process.
import { monitorEventLoopDelay } from "node:perf_hooks";

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let usage = process.cpuUsage();

const MOST_COLLECTIONS = 3;
/** A collection that frees less than this is the last. */
const LITTLE_BYTES = 10_000;

/** @type {Record<string, () => unknown>} */
const COMMANDS = {
  start() {
    delay.reset();
    usage = process.cpuUsage();
    return undefined;
  },
  /** Since `start`, in milliseconds: the longest turn of the event loop, and the CPU time of the process. */
  time() {
    const { user, system } = process.cpuUsage(usage);
    return { longestMs: delay.max / 1e6, cpuMs: (user + system) / 1_000 };
  },
  /** The number of open connections. */
  connections() {
    return process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  },
  /** The bytes that the process keeps. One collection can leave objects that only the next one finds to be garbage. */
  memory() {
    let used = Number.POSITIVE_INFINITY;
    for (let times = 0; times < MOST_COLLECTIONS; times++) {
      global.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      const freed = used - heapUsed - external;
      used = heapUsed + external;
      if (freed < LITTLE_BYTES) break;
    }
    return used;
  },
};

process.on("message", (/** @type {{ id: number, command: string }} */ { id, command }) => {
  process.send?.({ id, result: COMMANDS[command]?.() });
});
// The channel must not keep the process alive after its server is closed.
process.channel?.unref();
