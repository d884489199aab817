import { closeCodes } from "@trading/topic";
import { CLOSE_GRACE_MS, type Connection } from "../connection/connection.js";
import type { Clock } from "../platform/clock.js";

/** Steps in which a draining server closes base clients: their protocol has no message for it. */
const DRAIN_STEPS = 20;
/** The clients of a closed server reconnect at this rate, but spread over at least {@link MIN_RETURN_MS}. */
const RETURNS_PER_MS = 2.5;
const MIN_RETURN_MS = 1_000;

/**
 * Moves the clients of a server to other servers, and closes the connections that are left.
 *
 * @param connections the open ones: closed ones are removed meanwhile
 * @param drainMs time for clients to move. 0: none
 */
export async function closeConnections(
  connections: ReadonlySet<Connection>,
  clock: Clock,
  drainMs: number,
): Promise<void> {
  if (drainMs > 0) await drain(connections, clock, drainMs);
  // The window for the clients that no other server has accepted: as short as their number permits.
  const returnMs = Math.max(MIN_RETURN_MS, Math.ceil(connections.size / RETURNS_PER_MS));
  for (const connection of connections) {
    connection.protocol.draining(connection, returnMs);
    connection.close(closeCodes.restart);
  }
  await awaitClosed(connections, clock);
}

/** Waits until all connections have closed. A client that does not read would delay the shutdown longer. */
async function awaitClosed(connections: ReadonlySet<Connection>, clock: Clock): Promise<void> {
  if (connections.size === 0) return;
  const cancel = clock.after(CLOSE_GRACE_MS, () => {
    for (const connection of connections) connection.terminate();
  });
  await Promise.all(Array.from(connections, ({ closed }) => closed));
  cancel();
}

/** Notifies session clients, and closes base clients in steps, so that they do not all reconnect at the same time. */
async function drain(connections: ReadonlySet<Connection>, clock: Clock, drainMs: number): Promise<void> {
  for (const connection of connections) connection.protocol.draining(connection, drainMs);
  const baseClients = [...connections].filter(({ protocol }) => protocol.name === "base");
  const batch = Math.ceil(baseClients.length / DRAIN_STEPS);
  for (let step = 0; step < DRAIN_STEPS && connections.size > 0; step++) {
    for (const connection of baseClients.splice(0, batch)) connection.close(closeCodes.restart);
    await new Promise<void>((resolve) => void clock.after(drainMs / DRAIN_STEPS, resolve));
  }
}
