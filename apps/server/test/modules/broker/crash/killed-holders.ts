import { expect } from "vitest";
import type { BrokerStore } from "../../../../src/modules/broker/store/store.js";
import { holderOf } from "./holder.js";
import { Journal } from "./journal.js";
import { Load } from "./load.js";
import { seededRandom } from "./seeded-random.js";
import type { ServerProcess } from "./server.js";
import { ACCOUNT, placeStop, SYMBOL, statusesOf, untilFinished } from "./stops.js";

const CLIENTS = 6;

/** Several processes on one store, one of which runs the broker. */
export interface Processes {
  /** The server that the clients connect to. It stays while other processes are killed. */
  readonly server: Pick<ServerProcess, "baseUrl">;
  readonly open: () => BrokerStore;
  kill(pid: number): void | Promise<void>;
  /** Waits until another process has taken the place of the killed one. @param kills how many have been killed so far */
  replace(kills: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Kills the process that runs the broker `kills` times while clients trade, stops all processes, and compares the store with
 * the replies that the clients got: every acknowledged order once, every stop executed.
 *
 * @param name of the killed processes, for what is printed
 */
export async function killHolders(processes: Processes, name: string, kills: number, seed: number): Promise<void> {
  const { server, open } = processes;
  const random = seededRandom(seed);
  const journal = new Journal(ACCOUNT);
  let replies = 0;
  let wake = () => {};
  const onDone = () => {
    replies++;
    wake();
  };
  const load = new Load(journal, server.baseUrl, random, undefined, onDone, [SYMBOL], true);
  const clients = Promise.all(Array.from({ length: CLIENTS }, () => load.run()));
  const failed = clients.then(() => "ended" as const);
  const stops: string[] = [];
  const takeoverMs: number[] = [];
  for (let kill = 1; kill <= kills; kill++) {
    const wanted = replies + 20 + random(100);
    while (replies < wanted) {
      const replied = new Promise<void>((resolve) => (wake = resolve));
      if ((await Promise.race([failed, replied])) === "ended") throw new Error("The clients ended");
    }
    stops.push(await placeStop(server, `stop ${kill}`));
    await processes.kill(await holderOf(open));
    const killedAt = performance.now();
    // It is repeated until another process has the broker.
    await placeStop(server, `stop ${kill}`);
    stops.push(await placeStop(server, `stop after ${kill}`));
    takeoverMs.push(Math.round(performance.now() - killedAt));
    await processes.replace(kill);
  }
  load.stop();
  await clients;
  for (const key of [...journal.acknowledged.keys()].slice(-20)) await load.repeat(key);
  await untilFinished(server, stops);
  await processes.stop();
  const store = open();
  try {
    const compared = await journal.compare(store, stops);
    expect(await statusesOf(store, stops)).toEqual(stops.map(() => 2));
    expect([compared.orders > kills, journal.unconfirmed]).toEqual([true, []]);
    const counts = { ...compared, stops: stops.length, retried: load.retried };
    process.stdout.write(`${kills} ${name} killed, trading again after ms: ${takeoverMs}, ${JSON.stringify(counts)}\n`);
  } finally {
    await store.close();
  }
}
