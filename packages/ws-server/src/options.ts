import type { Clock } from "./clock.js";
import { systemClock } from "./clock.js";
import { WsServerError } from "./errors.js";
import { type Logger, lineLogger } from "./logger.js";
import type { Module } from "./modules.js";

/** What {@link createServer} takes. Sizes are bytes, durations milliseconds. */
export interface ServerOptions {
  /**
   * The service's name, which `listen` tells whoever asks the endpoint over plain HTTP. On an attached server, plain HTTP
   * is the application's to answer.
   */
  readonly title: string;
  /** The service's version, told beside the title. */
  readonly version: string;
  /** The modules whose routes are served. */
  readonly modules: readonly Module[];
  /** The endpoint's path. @default "/api/v1/ws" */
  readonly path?: string;
  /**
   * A client that sends no message for this long is closed with 1003. 0 turns it off.
   * @default 30_000
   */
  readonly heartbeatIntervalMs?: number;
  /**
   * A connection that has lived this long is closed with 1003, so that clients spread anew. 0 turns it off.
   * @default 3_600_000
   */
  readonly maxConnectionLifespanMs?: number;
  /**
   * How long a subscribe request waits for its source, from its arrival; past it the reply is `source_unavailable`.
   * Clients of the origin give up at 3,000. 0 turns it off.
   * @default 2_500
   */
  readonly startTimeoutMs?: number;
  /** The largest frame a client may send; a larger one is closed with 1009. @default 65_536 */
  readonly maxFrameBytes?: number;
  /** Topics one connection may hold; one more is refused with `too_many_subscriptions`. @default 1_000 */
  readonly maxSubscriptions?: number;
  /**
   * Bytes that may wait for one client's network. Past it the client's requests wait unread until half has left. A
   * client that is past it with what earlier turns of the event loop made for it would lose updates, so it is closed
   * with 1013 and subscribes anew. 0 turns it off.
   * @default 1_048_576
   */
  readonly maxBufferedBytes?: number;
  /** Time. @default the computer's clock */
  readonly clock?: Clock;
  /** Where errors of sources go. @default warnings and errors as JSON lines on standard error */
  readonly logger?: Logger;
}

/** The options with every default in place. */
export type ResolvedOptions = Required<ServerOptions>;

const DEFAULTS = {
  path: "/api/v1/ws",
  heartbeatIntervalMs: 30_000,
  maxConnectionLifespanMs: 3_600_000,
  startTimeoutMs: 2_500,
  maxFrameBytes: 65_536,
  maxSubscriptions: 1_000,
  maxBufferedBytes: 1_048_576,
  clock: systemClock,
};

const MAY_BE_ZERO = ["heartbeatIntervalMs", "maxConnectionLifespanMs", "startTimeoutMs", "maxBufferedBytes"] as const;
const AT_LEAST_ONE = ["maxFrameBytes", "maxSubscriptions"] as const;

/** @throws WsServerError `invalid_option`, naming the option and what it was */
export function resolveOptions(options: ServerOptions): ResolvedOptions {
  const resolved: ResolvedOptions = { ...DEFAULTS, logger: options.logger ?? lineLogger("warn"), ...options };
  for (const name of MAY_BE_ZERO) assertInteger(name, resolved[name], 0);
  for (const name of AT_LEAST_ONE) assertInteger(name, resolved[name], 1);
  if (!resolved.path.startsWith("/")) {
    throw new WsServerError("invalid_option", `path is ${JSON.stringify(resolved.path)}: start it with "/"`);
  }
  return resolved;
}

function assertInteger(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new WsServerError("invalid_option", `${name} is ${String(value)}: give a whole number of at least ${least}`);
}
