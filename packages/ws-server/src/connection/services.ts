import type { Clients } from "../limits/clients.js";
import type { Observers } from "../observability/observers.js";
import type { Logger } from "../platform/logger.js";
import type { Random } from "../platform/random.js";
import type { ResolvedOptions } from "../server/options.js";
import type { Codec } from "../topics/codec.js";
import type { BackpressureServices } from "./backpressure.js";
import type { HeartbeatSettings } from "./heartbeat.js";
import type { OutboundQueueServices } from "./outbound-queue.js";
import type { Protocol } from "./protocol.js";
import type { Rate } from "./rate-limit.js";
import type { RequestScheduler } from "./request-scheduler.js";
import type { ClientRequest } from "./socket.js";

/** The services that all connections of a server share. */
export interface ConnectionServices extends OutboundQueueServices, BackpressureServices {
  readonly random: Random;
  readonly logger: Logger;
  readonly codec: Codec;
  readonly observers: Observers;
  readonly options: Pick<ResolvedOptions, "maxConnectionLifespanMs" | "authExpiringMs" | "maxBatchBytes">;
  readonly heartbeats: Readonly<Record<Protocol["name"], HeartbeatSettings>>;
  readonly clients: Clients;
  readonly requestScheduler: RequestScheduler<ClientRequest>;
  readonly errorRate: Rate;
  /** Maximum rate of a connection's pings and pongs. */
  readonly controlRate: Rate;
}
