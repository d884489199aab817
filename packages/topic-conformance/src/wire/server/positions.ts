import type { Peer } from "../peer.js";
import { WireFailure } from "../scenario.js";
import type { ServerContext } from "./context.js";
import type { TestTopic } from "./topics.js";

/** Subscribes a connection that keeps the topic running, publishes, and returns the offset of each update. */
export async function publishAll(server: ServerContext, target: TestTopic, updates: readonly object[]) {
  const holder = await server.connect({ name: "holder" });
  const { epoch, offset: start } = (await server.subscribe(holder, target)).payload;
  await server.publish(target, ...updates);
  const offsets: number[] = [];
  for (const update of updates) offsets.push((await server.update(holder, target, update)).payload.offset);
  return { holder, epoch: epoch as string, start: start as number, offsets };
}

/** Subscribes with a position. */
export async function resume(server: ServerContext, target: TestTopic, position: object) {
  const peer = await server.connect({ name: "resumed" });
  const { payload } = await server.subscribe(peer, target, { resume: position });
  return { peer, payload };
}

export function expectRecovered(payload: { readonly recovered?: unknown }, wanted: boolean): void {
  if (payload.recovered !== wanted) throw new WireFailure(`"recovered": ${wanted}`, JSON.stringify(payload));
}

export async function readAll(server: ServerContext, peer: Peer, target: TestTopic, updates: readonly object[]) {
  for (const update of updates) await server.update(peer, target, update);
  await server.settle(peer);
}
