import { Loader } from "./loader.mjs";
import { Server } from "./server.mjs";
import { subscribeTexts } from "./workload.mjs";

/**
 * A server and who listens to it.
 *
 * @typedef {{ server: Server, loader: Loader }} Sides
 */

/**
 * Runs `work` with sides that are all up at once, idle but for the one that is measured, and ends them whatever happens.
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

/** @param {{ stop(): Promise<void> }[]} ends */
function opener(ends) {
  return {
    /** @param {import("./server.mjs").Contender} contender @param {ConstructorParameters<typeof Server>[1]} [settings] */
    async server(contender, settings) {
      const server = new Server(contender, settings);
      ends.push(server);
      return server.ready();
    },
    /**
     * Connections that send requests; by default, that hold the first `topics` topics between them.
     *
     * @param {Server} server
     * @param {Partial<import("./loader.mjs").Crowd> & { connections: number, topics?: number }} crowd
     */
    async loader(server, { topics = 0, texts: requests = subscribeTexts(topics), ...crowd }) {
      const { dialect, textOf = (/** @type {string} */ request) => request } = server.contender;
      const loader = new Loader({ port: server.port, ...dialect, ...crowd, texts: requests.map(textOf) });
      ends.push(loader);
      return loader.ready();
    },
    /** A client that sends one request and goes. @param {Server} server @param {string} request @returns whether it was answered, not closed */
    async stranger(server, request) {
      const loader = new Loader({ port: server.port, ...server.contender.dialect, connections: 1, texts: [request] });
      ends.push(loader);
      return loader.answered().finally(() => loader.stop());
    },
  };
}

/**
 * The CPU time of a server for publishing, from the first update to its having arrived everywhere: microseconds a
 * delivery.
 *
 * @param {Sides} sides @param {import("./server.mjs").Turns} turns @param {number} deliveries a turn
 */
export async function costOf({ server, loader }, turns, deliveries) {
  const { cpuUs: before } = await server.usage();
  const seen = await loader.sees(turns.turns * deliveries, () => server.publish(turns));
  const { cpuUs: after } = await server.usage();
  return { ...seen, costUs: (after - before) / seen.frames };
}

/**
 * How many turns take a server about so much CPU time, found after warming it up.
 *
 * @param {Sides} sides @param {import("./server.mjs").Turns} turns @param {number} deliveries a turn @param {number} cpuMs
 */
export async function calibrated(sides, turns, deliveries, cpuMs) {
  let costUs = 0;
  const warm = { ...turns, turns: Math.max(5, Math.ceil(50_000 / deliveries)) };
  for (let round = 0; round < 3; round++) ({ costUs } = await costOf(sides, warm, deliveries));
  const wanted = Math.round((cpuMs * 1000) / (costUs * deliveries));
  return { costUs, turns: { ...turns, turns: Math.min(1_000, Math.max(5, wanted)) } };
}
