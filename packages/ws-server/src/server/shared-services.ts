import type { Revocations } from "../auth/revocations.js";
import { heartbeatSettings } from "../connection/heartbeat.js";
import type { OperationServices } from "../connection/operations.js";
import { protocols } from "../connection/protocols.js";
import { RequestScheduler } from "../connection/request-scheduler.js";
import type { ConnectionServices } from "../connection/services.js";
import { WriteScheduler } from "../connection/write-scheduler.js";
import type { LimitedAddresses } from "../handshake/addresses.js";
import { Clients } from "../limits/clients.js";
import { limitsByScope } from "../limits/limits-by-scope.js";
import { Observers } from "../observability/observers.js";
import type { TopicRegistry } from "../topics/topic-registry.js";
import type { ResolvedOptions } from "./options.js";

/** Rate at which a session connection's errors are forgiven: one in ten seconds. */
const ERRORS_PER_SECOND = 0.1;

/** The parts of a server that its connections and operations use. */
export interface ServerParts {
  readonly registry: TopicRegistry;
  readonly revocations: Revocations;
  /** Returns whether the limits of an address apply to it. */
  readonly isLimited: LimitedAddresses;
}

/** The services that all operations and all connections of a server share, with the limits that can change. */
export class SharedServices {
  readonly operations: OperationServices;
  readonly connections: ConnectionServices;

  constructor(options: ResolvedOptions, { registry, revocations, isLimited }: ServerParts) {
    const { clock, authenticate, authorize } = options;
    const observers = new Observers(options.observers, options.logger);
    this.operations = { ...options, observers, authenticate, authorize, registry, revocations };
    const writeScheduler = new WriteScheduler(clock, options.maxBatchDelayMs);
    this.connections = {
      ...options,
      options,
      // Waiting requests are handled at the end of a turn, and a write that is scheduled there happens at the end of the next one.
      requestScheduler: new RequestScheduler(clock, () => writeScheduler.flush()),
      writeScheduler,
      observers,
      clients: new Clients(limitsByScope(options), clock, isLimited),
      ...ratesOf(options),
      counts: { slowConsumers: 0 },
      heartbeats: {
        base: heartbeatSettings(clock, protocols.base, options),
        session: heartbeatSettings(clock, protocols.session, options),
      },
    };
  }

  /** Replaces the limits in the objects that the operations and the present connections read. */
  setLimits(options: ResolvedOptions): void {
    const { maxTopics, maxRetainedBytes, maxBufferedBytes } = options;
    const { controlRate, errorRate } = ratesOf(options);
    Object.assign(this.operations, { maxTopics, maxRetainedBytes });
    Object.assign(this.connections, { maxBufferedBytes });
    Object.assign(this.connections.controlRate, controlRate);
    Object.assign(this.connections.errorRate, errorRate);
    this.connections.clients.setLimits(limitsByScope(options));
  }
}

/** Returns the rates of each connection that are not those of its requests. */
function ratesOf(options: ResolvedOptions): Pick<ConnectionServices, "controlRate" | "errorRate"> {
  const { maxErrors, maxRequestsPerSecond } = options;
  return {
    controlRate: { perSecond: maxRequestsPerSecond, burst: limitsByScope(options).anonymous.maxRequestBurst },
    errorRate: { perSecond: maxErrors === 0 ? 0 : ERRORS_PER_SECOND, burst: maxErrors },
  };
}
