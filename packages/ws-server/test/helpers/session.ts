import type { Message } from "@trading/topic";
import type { ServerOptions } from "../../src/index.js";
import { MemoryClient, type MemoryClientOptions } from "../../src/testing/index.js";
import { until } from "./event-loop.js";
import { createMarket, JumpingClock } from "./market.js";
import { isOwner } from "./principals.js";

/** Creates a market whose clients are in memory. Its clock starts at 0. */
export function setup(options: Partial<ServerOptions> = {}) {
  const authorized: { subject: string | undefined; params: unknown }[] = [];
  const market = createMarket(new JumpingClock(), {
    authorize: (principal, target, params) => {
      authorized.push({ subject: principal?.subject, params });
      return isOwner(principal, target, params);
    },
    ...options,
  });
  const connect = (options: MemoryClientOptions = {}) => MemoryClient.connect(market.server, options);
  return { ...market, authorized, connect };
}

/** Returns the types and payloads of the messages that a session client has received after its welcome. */
export function received(client: MemoryClient): [type: string, payload: Record<string, unknown>][] {
  return client.messages
    .slice(1)
    .map(({ type, payload }: Message) => [type, (payload ?? {}) as Record<string, unknown>]);
}

/** Waits until a client has received this many messages, not counting a session's welcome. */
export async function untilReceived(client: MemoryClient, count: number): Promise<void> {
  await until(() => client.messages.filter(({ type }) => type !== "session.welcome").length >= count);
}
