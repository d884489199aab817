import { isIP } from "node:net";
import type { LogLevel } from "@trading/ws-server";
import { z } from "zod";
import { TimeZone } from "../market/time-zone.js";
import { instruments, STEP_EXPECTED, step } from "./instruments.js";
import { LIMITS } from "./limits.js";
import {
  ANY_PORT,
  HOST,
  host,
  isDatabaseUrl,
  list,
  PATH,
  path,
  port,
  text,
  type Variable,
  wholeNumber,
} from "./variable.js";

const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const satisfies readonly LogLevel[];

const timeZone = text(64).refine((name) => /^[A-Za-z]/.test(name) && TimeZone.isKnown(name));
const TIME_ZONE = "an IANA time zone, such as America/New_York";

/**
 * Every variable that the server reads. This table parses them, explains invalid values, and is printed by `--help`.
 */
export const VARIABLES = {
  PORT: {
    schema: port,
    default: "8000",
    expected: ANY_PORT,
    description: "the port of the page, the HTTP API and the socket",
  },
  HOST: {
    schema: host,
    default: "127.0.0.1",
    expected: HOST,
    description: "the address to listen on; 0.0.0.0 accepts connections from other machines",
  },
  WORKERS: {
    schema: wholeNumber(1, 128),
    default: "1",
    expected: "a whole number from 1 to 128",
    description:
      "the number of processes that share the port, one for each core; above 1, a further process starts them, replaces one that ends, and connects them; limits apply to each of them, except the rate of new connections",
  },
  WORKER_TIMEOUT_MS: {
    schema: wholeNumber(0, 3_600_000),
    default: "30000",
    expected: "a whole number of milliseconds from 0 to 3600000; 0 means no limit",
    description:
      "how long the event loop of a worker can be blocked before the worker is killed and replaced; only with WORKERS above 1",
  },
  RUN_SOURCES: {
    schema: z.enum(["on", "off"]),
    default: "on",
    expected: "on or off",
    description:
      "whether this server of a cluster runs sources of topics and the broker; with off it asks other servers for them, so that its restart interrupts nothing, and opens no database",
  },
  COMPACT_UPDATES: {
    schema: z.enum(["on", "off"]),
    default: "off",
    expected: "on or off",
    description:
      "whether clients can request compact updates, which save most of the bytes of a frame; retained updates then count about twice against MAX_RETAINED_BYTES",
  },
  TLS_CERT_FILE: {
    schema: path,
    default: "",
    expected: PATH,
    description: "the certificate chain in PEM format; with TLS_KEY_FILE, the server uses https and wss",
  },
  TLS_KEY_FILE: {
    schema: path,
    default: "",
    expected: PATH,
    description: "the certificate's private key in PEM format",
  },
  ALLOWED_ORIGINS: {
    schema: list,
    default: "",
    expected: "a comma-separated list of origins, such as https://app.example.com,http://localhost:5173",
    description:
      "origins whose pages can use the socket and the HTTP API, including the server's own; if not set, pages of the server itself and of servers on localhost",
  },
  ALLOWED_HOSTS: {
    schema: list,
    default: "",
    expected: "a comma-separated list of host names without ports, such as trading.example.com",
    description:
      "host names under which clients reach the server, in addition to loopback names and those in ALLOWED_ORIGINS; requests for others are rejected with 421, so that no page reaches a local server by a name that resolves to 127.0.0.1; if not set, and HOST is not a loopback address, any name is accepted",
  },
  TRUSTED_PROXIES: {
    schema: list,
    default: "",
    expected: "a comma-separated list of addresses and CIDR blocks, such as 10.0.0.0/8, or none",
    description:
      "reverse proxies whose X-Forwarded-For header is trusted; none if clients connect directly; if not set, limits of an address apply to the address of each connection, those of sockets only if it is public, because a private one can be that of a proxy",
  },
  ENABLED_MODULES: {
    schema: list,
    default: "all",
    expected: "all, or a comma-separated list of module names, such as datafeed",
    description: "the modules to serve",
  },
  AUTH_MODE: {
    schema: z.enum(["", "demo", "jwt"]),
    default: "",
    expected: "demo or jwt",
    description:
      "how access to accounts is authorized: demo gives anyone a token for any account and only listens on a loopback address; jwt accepts signed tokens whose accounts claim lists the accounts; required by modules with accounts; npm start sets it to demo",
  },
  DEMO_SECRET: {
    schema: z.union([z.literal(""), text(4_096).min(32)]),
    default: "",
    expected: "a string of at least 32 characters, such as the output of openssl rand -hex 32",
    description:
      "the secret that demo tokens are signed with, the same on servers that do not share DATA_DIR, so that all accept them; a random one in DATA_DIR if not set",
    secret: true,
  },
  JWT_SECRET: {
    schema: text(4_096),
    default: "",
    expected: "a string of at least 32 bytes, such as the output of openssl rand -hex 32",
    description: "the secret that tokens are signed with, shared with their issuer",
    secret: true,
  },
  JWT_SECRET_PREVIOUS: {
    schema: text(4_096),
    default: "",
    expected: "a string of at least 32 bytes",
    description: "the secret before JWT_SECRET, still accepted while the issuer's tokens are replaced",
    secret: true,
  },
  JWKS_URL: {
    schema: text(4_096),
    default: "",
    expected: "an https URL",
    description: "the URL of the issuer's JSON Web Key Set; replaces JWT_SECRET",
  },
  JWKS_FILE: {
    schema: path,
    default: "",
    expected: PATH,
    description: "a file with the issuer's JSON Web Key Set; replaces JWT_SECRET; reloaded when it changes",
  },
  JWT_ALGORITHMS: {
    schema: list,
    default: "",
    expected: "a comma-separated list, such as ES256,EdDSA",
    description:
      "the accepted signature algorithms; if not set, HS256 with a secret and RS256,ES256,EdDSA with public keys",
  },
  JWT_ISSUER: {
    schema: text(1_024),
    default: "",
    expected: "a string",
    description: "the required iss claim of tokens; if not set, any issuer is accepted",
  },
  JWT_AUDIENCE: {
    schema: text(1_024),
    default: "",
    expected: "a string",
    description: "the required aud claim of tokens; set it if the issuer also serves other applications",
  },
  DATA_DIR: {
    schema: path.min(1),
    default: "data",
    expected: "the path of a directory",
    description: "the directory for persistent data, relative to the working directory; created if needed",
  },
  DATABASE_URL: {
    schema: z.literal("").or(text(4_096).refine(isDatabaseUrl)),
    default: "",
    expected:
      "a PostgreSQL URL, such as postgresql://user:password@127.0.0.1:5432/trading, with @, /, #, ? and % in the password percent-encoded",
    description: "the database that stores accounts and orders; if not set, the SQLite file broker.db in DATA_DIR",
    secret: true,
  },
  REDIS_URL: {
    schema: z.literal("").or(text(4_096).regex(/^(rediss?(\+sentinel)?|unix):\/\/./)),
    default: "",
    expected:
      "a URL of Redis 6.2 or later, or of Valkey, such as redis://user:password@127.0.0.1:6379, rediss://… with TLS, unix:///run/redis.sock, or redis+sentinel://user:password@sentinel-1:26379,sentinel-2:26379/name with the name that the Sentinels use, with @, /, #, ? and % in the password percent-encoded",
    description: "connects this server with others that have the same REDIS_URL: together they serve the same streams",
    secret: true,
  },
  REDIS_KEY_PREFIX: {
    schema: text(64).regex(/^[\w:.-]{1,64}$/),
    default: "trading:",
    expected: "1 to 64 letters, digits, or : . _ -",
    description: "the first characters of all keys in Redis; clusters with different ones do not see each other",
  },
  EVENTS_KEEP_DAYS: {
    schema: wholeNumber(0, 36_500),
    default: "0",
    expected: "a whole number of days from 0 to 36500; 0 means without end",
    description:
      "how long executions, notifications and finished orders are stored; older ones are deleted in small batches between commits; accounts, working orders and positions always stay",
  },
  METRICS_PORT: {
    schema: z.literal("").or(port),
    default: "",
    expected: ANY_PORT,
    description: "the port of /healthz, /readyz and /metrics; if not set, they are not served",
  },
  METRICS_HOST: {
    schema: host,
    default: "127.0.0.1",
    expected: HOST,
    description: "the address that the metrics port listens on; do not expose it publicly",
  },
  ADMIN_TOKEN: {
    schema: text(4_096),
    default: "",
    expected: "a token of at least 32 characters, or several as name:token, separated by commas or lines",
    description:
      "the tokens of operators, whose endpoints are then at /admin on the metrics port; if not set, there are none; the name is in the audit lines",
    secret: true,
  },
  ...LIMITS,
  DRAIN_MS: {
    schema: wholeNumber(0, 3_600_000),
    default: "0",
    expected: "a whole number of milliseconds from 0 to 3600000",
    description:
      "how long a stopping server waits for clients to move to another one; they keep their connection until that accepts them, so that it does not lengthen the outage of a single server",
  },
  DRAIN_DELAY_MS: {
    schema: wholeNumber(0, 600_000),
    default: "0",
    expected: "a whole number of milliseconds from 0 to 600000",
    description:
      "how long a stopping server, which is not ready any more, still accepts clients before DRAIN_MS begins; for proxies that only look at /readyz: longer than their interval",
  },
  DATAFEED: {
    schema: z.enum(["simulated", "replay", "external"]),
    default: "simulated",
    expected: "simulated, replay or external",
    description: "the source of market data; external: another program sends trades to the operators' endpoints",
  },
  EXTERNAL_SYMBOLS: {
    schema: instruments,
    default: "",
    expected:
      "a comma-separated list of different symbols of at most 64 characters, each with =step or =step/step if its prices are not multiples of 0.01 and its quantities of 1, such as AAPL,EURUSD=0.00001,ES=0.25,BTCUSD=0.01/0.0001, where both steps of a symbol have at most 8 decimals together",
    description: "the symbols of DATAFEED=external, with the steps of their prices and quantities",
  },
  EXTERNAL_TIMEZONE: {
    schema: timeZone,
    default: "Etc/UTC",
    expected: TIME_ZONE,
    description:
      "the time zone of the session of all symbols of DATAFEED=external, in which days, weeks and months begin; the times of trades are Unix milliseconds in any zone",
  },
  SIMULATED_SEED: {
    schema: text(64),
    default: "1",
    expected: "a string of at most 64 characters",
    description: "the seed of the simulated market; the same seed produces the same prices",
  },
  REPLAY_FILE: {
    schema: path,
    default: "",
    expected: "the path of a CSV file with bars: docs/guides/files-that-play.md lists the forms",
    description: "the recording that DATAFEED=replay plays; if not set, five years of Apple's daily bars",
  },
  REPLAY_SYMBOL: {
    schema: text(64),
    default: "",
    expected: "a symbol of at most 64 characters, such as AAPL",
    description: "the symbol of the recording; if not set, the file name in upper case, cut to 64 characters",
  },
  REPLAY_PRICE_STEP: {
    schema: z.literal("").or(step),
    default: "",
    expected: STEP_EXPECTED,
    description:
      "the price step of the recording, of which order prices are multiples; if not set, as many decimals as the prices of the whole file have, at least two",
  },
  REPLAY_TIMEZONE: {
    schema: timeZone,
    default: "Etc/UTC",
    expected: TIME_ZONE,
    description:
      "the time zone of the recording's session, in which days, weeks and months begin, and of times without a zone; daily bars that open at another hour than its midnight keep their own days",
  },
  REPLAY_BARS_PER_SECOND: {
    schema: z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number)
      .pipe(z.number().min(0.001).max(100_000)),
    default: "4",
    expected: "a number from 0.001 to 100000",
    description: "the playback speed in bars per second",
  },
  REPLAY_STARTS_AT: {
    schema: z.literal("").or(z.iso.datetime({ offset: true }).transform((value) => Date.parse(value))),
    default: "",
    expected: "a date and time with a time zone, such as 2026-01-05T09:30:00Z",
    description:
      "when the replay starts; its position then follows from the system time, so that all servers with the same recording and settings publish the same at the same time; if not set, a server starts with its first subscriber, pauses without one, and continues from the position stored in DATA_DIR, and WORKERS start together with their server",
  },
  REPLAY_AT_END: {
    schema: z.enum(["stop", "loop"]),
    default: "stop",
    expected: "stop or loop",
    description:
      "what happens at the end of the recording: stop keeps the last bar, loop starts again, shifted by whole weeks",
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    schema: z.literal("").or(z.url({ protocol: /^https?$/ })),
    default: "",
    expected: "an http or https URL, such as http://127.0.0.1:4318",
    description:
      "the OpenTelemetry collector that gets traces and metrics of the socket and of HTTP requests, by OTLP over HTTP; if not set, none are sent; the SDK's other OTEL_ variables apply too",
  },
  ENV_FILE: {
    schema: path,
    default: "",
    expected: PATH,
    description:
      "a file with further variables, one NAME=value a line; a variable of the environment has precedence; SIGHUP reads it again",
  },
  LOG_FORMAT: {
    schema: z.enum(["json", "text"]),
    default: "json",
    expected: "json or text",
    description: "the format of log lines, which are written to standard error",
  },
  LOG_LEVEL: {
    schema: z.enum(LOG_LEVELS),
    default: "info",
    expected: "debug, info, warn, error or silent",
    description: "the minimum level of log lines",
  },
} satisfies Readonly<Record<string, Variable>>;

/** The parsed variables. */
export type Env = { [Name in keyof typeof VARIABLES]: z.output<(typeof VARIABLES)[Name]["schema"]> };

/** {@link VARIABLES} as a map of the common type. */
export const TABLE: ReadonlyMap<string, Variable> = new Map(Object.entries(VARIABLES));

/** Returns whether an address is a loopback address. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}
