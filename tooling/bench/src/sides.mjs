import { setTimeout as sleep } from "node:timers/promises";
import { Loader } from "./loader.mjs";
import { Server } from "./server.mjs";
import { subscribeTexts } from "./workload.mjs";

/**
 * A server and the loader with its clients.
 *
 * @typedef {{ server: Server, loader: Loader }} Sides
 */

/** Servers that no part uses, by what they were started with. Undefined unless they are kept. @type {Map<string, Server[]> | undefined} */
let kept;

/**
 * Lets later parts use the servers of earlier ones, whose clients have disconnected: starting them takes most of the time of a quick
 * run. A server that has already served costs other times than a new one, so this is for coarse figures only.
 *
 * @returns {() => Promise<void>} ends the servers
 */
export function keepServers() {
  const servers = new Map();
  kept = servers;
  return async () => {
    kept = undefined;
    for (const server of [...servers.values()].flat()) await server.stop();
  };
}

/**
 * Runs `work`, which can open servers and loaders, and ends all of them afterwards, also if `work` throws.
 *
 * @template Result
 * @param {(open: ReturnType<typeof opener>) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withSides(work) {
  const ends = /** @type {{ stop(): Promise<void> }[]} */ ([]);
  try {
    return await work(opener(ends));
  } finally {
    for (const end of ends.reverse()) await end.stop();
  }
}

/**
 * Starts servers with their clients: one after another, or all at the same time in a quick run, so that they share the cores.
 *
 * @template Item, Started
 * @param {readonly Item[]} items @param {boolean} quick @param {(item: Item) => Promise<Started>} start
 * @returns {Promise<Started[]>}
 */
export async function startAll(items, quick, start) {
  if (quick) {
    const starting = items.map(start);
    // If one fails, what the others have started by then is ended, so none may still be starting.
    await Promise.allSettled(starting);
    return Promise.all(starting);
  }
  const started = [];
  for (const item of items) started.push(await start(item));
  return started;
}

/** @param {{ stop(): Promise<void> }[]} ends */
function opener(ends) {
  return {
    /** Ends something else with the others. @template {{ stop(): Promise<void> }} Also @param {Also} also @returns {Also} */
    also(also) {
      ends.push(also);
      return also;
    },
    /** @param {import("./server.mjs").Contender} contender @param {ConstructorParameters<typeof Server>[1]} [settings] */
    async server(contender, settings) {
      if (kept === undefined || settings !== undefined) {
        const server = new Server(contender, settings);
        ends.push(server);
        return server.ready();
      }
      const servers = kept;
      const key = JSON.stringify([contender.file, contender.options]);
      const free = servers.get(key) ?? [];
      servers.set(key, free);
      const known = free.pop();
      // Topics end with their clients, so that the next ones get no snapshot.
      const server = known ?? (await new Server(contender, { options: { lingerMs: 0 } }).ready());
      server.contender = contender;
      ends.push({
        async stop() {
          if (!server.hasEnded) free.push(server);
        },
      });
      while ((await server.usage()).counts?.topics) await sleep(10);
      return server;
    },
    /**
     * Opens connections that send requests. By default, connections subscribe to the first `topics` topics in rotation.
     *
     * @param {Server} server
     * @param {Partial<import("./loader.mjs").LoaderOptions> & { connections: number, topics?: number }} options
     */
    async loader(server, { topics = 0, texts: requests = subscribeTexts(topics), ...options }) {
      const { dialect, textOf = (/** @type {string} */ request) => request } = server.contender;
      const loader = new Loader({ port: server.port, ...dialect, ...options, texts: requests.map(textOf) });
      ends.push(loader);
      return loader.ready();
    },
    /** Opens a connection, sends one request and disconnects. @param {Server} server @param {string} request @returns whether the server replied; false if it closed the connection */
    async sendOnce(server, request) {
      const loader = new Loader({ port: server.port, ...server.contender.dialect, connections: 1, texts: [request] });
      ends.push(loader);
      return loader.gotReplies().finally(() => loader.stop());
    },
  };
}

/**
 * Returns the CPU time of a server in microseconds per delivery, from the first update until every client has received
 * the last one.
 *
 * @param {Sides} sides @param {import("./server.mjs").Turns} turns @param {number} deliveries per turn
 */
export async function costOf({ server, loader }, turns, deliveries) {
  const { cpuUs: before } = await server.usage();
  const measured = await loader.countFrames(turns.turns * deliveries, () => server.publish(turns));
  const { cpuUs: after } = await server.usage();
  return { ...measured, costUs: (after - before) / measured.frames };
}

/**
 * Warms a server up and returns the number of turns that take it about `cpuMs` of CPU time.
 *
 * @param {Sides} sides @param {import("./server.mjs").Turns} turns @param {number} deliveries per turn @param {number} cpuMs
 * @param {number} [warmUp] deliveries in each of three rounds
 */
export async function calibrated(sides, turns, deliveries, cpuMs, warmUp = 50_000) {
  let costUs = 0;
  const warm = { ...turns, turns: Math.max(5, Math.ceil(warmUp / deliveries)) };
  for (let round = 0; round < 3; round++) ({ costUs } = await costOf(sides, warm, deliveries));
  const wanted = Math.round((cpuMs * 1000) / (costUs * deliveries));
  return { costUs, turns: { ...turns, turns: Math.min(1_000, Math.max(5, wanted)) } };
}
