import { setTimeout as sleep } from "node:timers/promises";

/** The goals for a peer without a login. */
export const GOALS = { longestMs: 20, keptPerByte: 100 };

/** The goals that were missed, in sentences: those that `--check` checks, and those of time. @typedef {{ missed: string[], slow: string[] }} Missed */

/** Time after which a connection that is still open is none that the peer has left, in milliseconds. */
const LEAVE_MS = 20_000;

/**
 * The cost of a kind of request.
 *
 * @typedef {object} Cost
 * @property {import("./runs.mjs").Request} request
 * @property {number} bytes sent
 * @property {number} requests sent
 * @property {number} longestMs the longest turn of the event loop
 * @property {number} cpuMs the CPU time of the process
 * @property {number} kept bytes while the peer is connected
 * @property {number | undefined} left bytes after it has left, if measured
 * @property {string} replies
 */

/**
 * Measures one kind of request. The least of several tries is the cost, because other processes and the garbage collector
 * can only add to it.
 *
 * @param {import("./server.mjs").Server} server @param {import("./runs.mjs").Request} request
 * @param {{ context: () => import("./runs.mjs").Context, tries: number, idleShare: number, measuresLeft: boolean }} options
 * @returns {Promise<Cost>}
 */
export async function measure(server, request, { context, tries, idleShare, measuresLeft }) {
  const others = await server.connections();
  /** @param {import("./runs.mjs").Sent} sent */
  const leave = async (sent) => {
    sent.leave();
    // On a busy machine the server notices late that the peer has left, and keeps until then what belongs to it.
    const deadline = performance.now() + LEAVE_MS;
    do await sleep(100);
    while ((await server.connections()) > others && performance.now() < deadline);
  };
  // The first time includes the compilation of the server's code, and lists that it makes once.
  await leave(await request.run(context()));
  /** @type {Cost[]} */
  const costs = [];
  for (let count = 0; count < tries; count++) {
    const before = await server.memory();
    await server.startTime();
    const startedAt = performance.now();
    const sent = await request.run(context());
    const wallMs = performance.now() - startedAt;
    const { longestMs, cpuMs } = await server.time();
    const kept = (await server.memory()) - before;
    await leave(sent);
    // Each measurement of memory collects all garbage, which takes most of the time of a run without it.
    const left = measuresLeft ? Math.max(0, (await server.memory()) - before) : undefined;
    costs.push({
      ...sent,
      request,
      longestMs,
      cpuMs: Math.max(0, cpuMs - idleShare * wallMs),
      kept: Math.max(0, kept),
      left,
    });
  }
  const least = (/** @type {"longestMs" | "cpuMs" | "kept" | "left"} */ figure) =>
    Math.min(...costs.map((cost) => cost[figure] ?? 0));
  // A turn cannot take longer than the process has worked: the rest is the time of other processes on its core.
  const longestMs = Math.min(least("longestMs"), least("cpuMs"));
  const last = /** @type {Cost} */ (costs.at(-1));
  return {
    ...last,
    longestMs,
    cpuMs: least("cpuMs"),
    kept: least("kept"),
    left: measuresLeft ? least("left") : undefined,
  };
}

/** Returns the share of one core that an idle server uses. @param {import("./server.mjs").Server} server */
export async function idleShareOf(server) {
  await server.startTime();
  await sleep(1_000);
  return (await server.time()).cpuMs / 1_000;
}

/** The garbage collector leaves some kilobytes that belong to no request. */
const KEPT_BY_COLLECTOR = 100_000;

/**
 * Returns the goals that a cost misses: of bytes, which are the same on each machine, and of time, which depends on what else
 * the machine does.
 *
 * @param {Pick<Cost, "request" | "longestMs" | "kept" | "bytes">} cost
 * @returns {Missed}
 */
export function missedGoals({ request: { name, login }, longestMs, kept, bytes }) {
  const keeps = !login && kept > Math.max(KEPT_BY_COLLECTOR, GOALS.keptPerByte * bytes);
  const blocks = !login && longestMs > GOALS.longestMs;
  return {
    missed: keeps ? [`${name}: ${(kept / bytes).toFixed(0)} bytes kept for each byte`] : [],
    slow: blocks ? [`${name}: ${longestMs.toFixed(1)} ms of blocked loop`] : [],
  };
}
