import type { Clock } from "./clock.js";
import type { Codec } from "./codec.js";
import type { OutboxServices } from "./delivery.js";
import type { Rate } from "./limits.js";
import type { Logger } from "./logger.js";
import type { Observers } from "./observers.js";
import type { ResolvedOptions } from "./options.js";
import type { Random } from "./random.js";

/** What a server's connections share. */
export interface ConnectionServices extends OutboxServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly codec: Codec;
  readonly observers: Observers;
  readonly options: Pick<ResolvedOptions, "heartbeatIntervalMs" | "maxConnectionLifespanMs" | "authExpiringMs">;
  readonly requestRate: Rate;
  readonly errorRate: Rate;
  /** Counts that only grow. */
  readonly counts: { slowConsumers: number };
}
