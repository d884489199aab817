import { type Clock, type Logger, type Random, WsServerError } from "@trading/ws-server";
import { type Bus, IpcBus } from "@trading/ws-server/cluster";
import { RedisBus } from "@trading/ws-server/redis";
import { type Env, EnvError } from "../config/env.js";
import type { WorkerSettings } from "./worker-messages.js";

/** Dependencies of a bus. */
export interface BusServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Creates the bus that connects this process with the others: Redis if REDIS_URL is set, which connects workers too; in a
 * worker, the hub of its primary. It is not open yet.
 *
 * @returns undefined for a process that is alone
 * @throws EnvError
 */
export function createBus(
  { REDIS_URL: url, REDIS_KEY_PREFIX: prefix }: Pick<Env, "REDIS_URL" | "REDIS_KEY_PREFIX">,
  worker: WorkerSettings | undefined,
  services: BusServices,
): Bus | undefined {
  if (url !== "") return redisBus(url, prefix, services);
  if (worker === undefined) return undefined;
  // The number makes log lines readable.
  const node = `worker-${worker.number}-${services.random.id()}`;
  return new IpcBus({ path: worker.hubPath, node, ...services });
}

function redisBus(url: string, prefix: string, services: BusServices): Bus {
  try {
    return new RedisBus({ url, prefix, ...services });
  } catch (error) {
    if (!(error instanceof WsServerError)) throw error;
    throw new EnvError("REDIS_URL", error.message.replace('option "url" of a RedisBus', "REDIS_URL"));
  }
}
