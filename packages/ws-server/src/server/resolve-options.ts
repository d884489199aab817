import { WsServerError } from "../errors.js";
import { CONNECTION_LIMITS } from "../limits/client-limits.js";
import { boundedLogger } from "../platform/bounded-logger.js";
import { systemClock } from "../platform/clock.js";
import { lineLogger } from "../platform/logger.js";
import { systemRandom } from "../platform/random.js";
import { jsonCodec } from "../topics/codec.js";
import { MemoryPubSub } from "../topics/pub-sub/memory.js";
import type { ResolvedOptions, ServerOptions } from "./options.js";

const DEFAULTS = {
  description: "",
  path: "/api/v1/ws",
  moduleEndpoints: true,
  legacyDialects: true,
  asyncApiPath: "/api/v1/ws/asyncapi.json",
  docsPath: "/api/v1/ws/asyncapi",
  authExpiringMs: 60_000,
  heartbeatIntervalMs: 30_000,
  maxConnectionLifespanMs: 3_600_000,
  startTimeoutMs: 2_500,
  lingerMs: 30_000,
  handshakeTimeoutMs: 10_000,
  drainMs: 0,
  maxFrameBytes: 65_536,
  maxTopicLength: 16_384,
  ...CONNECTION_LIMITS,
  maxTopics: 100_000,
  maxRetainedBytesPerTopic: 16_777_216,
  maxRetainedBytes: 536_870_912,
  maxErrors: 16,
  maxBufferedBytes: 1_048_576,
  maxBatchDelayMs: 20,
  maxBatchBytes: 65_536,
  maxConnections: 0,
  maxConnectionsPerAddress: 1_000,
  perMessageDeflate: false,
  observers: [],
  clock: systemClock,
  random: systemRandom,
  codec: jsonCodec,
};

const AT_LEAST_ONE = new Set(["maxFrameBytes", "maxRequestBurst"]);

/** Applies the defaults, and checks all options. @throws WsServerError `invalid_option`, naming the option and what it was */
export function resolveOptions(options: ServerOptions): ResolvedOptions {
  // An option that is undefined has its default.
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as ServerOptions;
  const { clock, random, maxRetainedBytesPerTopic } = { ...DEFAULTS, ...given };
  const logger = boundedLogger(options.logger ?? lineLogger("warn"), clock);
  const pubSub = options.pubSub ?? new MemoryPubSub({ clock, logger, random, maxRetainedBytesPerTopic });
  const resolved: ResolvedOptions = { ...DEFAULTS, ...given, logger, pubSub };
  for (const [name, value] of Object.entries(resolved)) {
    if (typeof DEFAULTS[name as keyof typeof DEFAULTS] === "number") {
      assertInteger(name, value, AT_LEAST_ONE.has(name) ? 1 : 0);
    }
  }
  for (const scope of ["anonymousLimits", "addressLimits", "principalLimits"] as const) {
    for (const [name, value] of Object.entries(resolved[scope] ?? {})) {
      if (!(name in CONNECTION_LIMITS)) throw unknownLimit(scope, name);
      assertInteger(`${scope}.${name}`, value, AT_LEAST_ONE.has(name) ? 1 : 0);
    }
  }
  for (const name of ["path", "asyncApiPath", "docsPath"] as const) {
    const path = resolved[name];
    if (path.startsWith("/") || (path === "" && name !== "path")) continue;
    throw new WsServerError(
      "invalid_option",
      `Invalid option "${name}": expected a path that starts with "/", got ${JSON.stringify(path)}`,
    );
  }
  return resolved;
}

function unknownLimit(scope: string, name: string): WsServerError {
  const known = Object.keys(CONNECTION_LIMITS).join(", ");
  return new WsServerError(
    "invalid_option",
    `Invalid option "${scope}": expected ${known}, got ${JSON.stringify(name)}`,
  );
}

function assertInteger(name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw new WsServerError(
    "invalid_option",
    `Invalid option "${name}": expected an integer of at least ${least}, got ${String(value)}`,
  );
}
