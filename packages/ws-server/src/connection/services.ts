import type { Observers } from "../observability/observers.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import type { Random } from "../platform/random.js";
import type { ResolvedOptions } from "../server/options.js";
import type { Codec } from "../topics/codec.js";
import type { OutboundQueueServices } from "./outbound-queue.js";
import type { Rate } from "./rate-limit.js";

/** What a server's connections share. */
export interface ConnectionServices extends OutboundQueueServices {
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
