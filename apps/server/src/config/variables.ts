import { isIP } from "node:net";
import type { LogLevel } from "@trading/ws-server";
import { z } from "zod";

const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const satisfies readonly LogLevel[];

const text = (maxLength: number) => z.string().max(maxLength);

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));

/** A comma-separated list; whitespace around items is ignored. */
const list = text(4_096).transform((value) =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);

const path = text(4_096);
const host = text(255).regex(/^[\w.:-]+$/);
const port = wholeNumber(0, 65_535);
const ANY_PORT = "a whole number from 0 (any free port) to 65535";
const HOST = "a host name or an IP address, such as 127.0.0.1 or 0.0.0.0";
const PATH = "the path of a file";
const MAX_INT32 = 2_147_483_647;
const LIMIT = `a whole number from 0 to ${MAX_INT32}; 0 means no limit`;

/** The parser of one variable, and its text in `--help`. */
interface Variable {
  readonly schema: z.ZodType<unknown, string>;
  /** Empty means not set. */
  readonly default: string;
  /** Completes "expected …" in an error message. */
  readonly expected: string;
  readonly description: string;
  /** Whether the value is never printed, and `{NAME}_FILE` can name a file that contains it. @default false */
  readonly secret?: true;
}

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
      "origins whose pages can use the socket and the HTTP API, including the server's own; if not set, any page can use the socket, and only pages of the server itself the HTTP API",
  },
  TRUSTED_PROXIES: {
    schema: list,
    default: "",
    expected: "a comma-separated list of addresses and CIDR blocks, such as 10.0.0.0/8, or none",
    description: "reverse proxies whose X-Forwarded-For header is trusted; none if clients connect directly",
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
  JWT_SECRET: {
    schema: text(4_096),
    default: "",
    expected: "a string of at least 32 bytes, such as the output of openssl rand -hex 32",
    description: "the secret that tokens are signed with, shared with their issuer",
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
    schema: z.literal("").or(text(4_096).regex(/^postgres(?:ql)?:\/\//)),
    default: "",
    expected: "a PostgreSQL URL, such as postgresql://user:password@127.0.0.1:5432/trading",
    description: "the database that stores accounts and orders; if not set, the SQLite file broker.db in DATA_DIR",
    secret: true,
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
  MAX_CONNECTIONS: {
    schema: wholeNumber(0, MAX_INT32),
    default: "0",
    expected: LIMIT,
    description: "the maximum number of connections; further ones are rejected with 503",
  },
  MAX_CONNECTIONS_PER_ADDRESS: {
    schema: wholeNumber(0, MAX_INT32),
    default: "0",
    expected: LIMIT,
    description:
      "the maximum number of connections per client address; further ones are rejected with 429; requires TRUSTED_PROXIES",
  },
  MAX_TOPICS_PER_CONNECTION: {
    schema: wholeNumber(0, MAX_INT32),
    default: "1000",
    expected: LIMIT,
    description: "the maximum number of subscribed topics per connection",
  },
  MAX_BUFFERED_BYTES: {
    schema: wholeNumber(0, MAX_INT32),
    default: "1048576",
    expected: LIMIT,
    description: "the maximum number of bytes buffered for one client; above it, the client skips to the latest state",
  },
  DRAIN_MS: {
    schema: wholeNumber(0, 3_600_000),
    default: "0",
    expected: "a whole number of milliseconds from 0 to 3600000",
    description: "how long the server waits for clients to disconnect before it stops",
  },
  DATAFEED: {
    schema: z.enum(["simulated", "replay"]),
    default: "simulated",
    expected: "simulated or replay",
    description: "the source of market data",
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
    expected: "the path of a CSV file with the columns time,open,high,low,close,volume",
    description: "the recording that DATAFEED=replay plays; if not set, five years of Apple's daily bars",
  },
  REPLAY_SYMBOL: {
    schema: text(64),
    default: "",
    expected: "a symbol of at most 64 characters, such as AAPL",
    description: "the symbol of the recording; if not set, the file name in upper case",
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
  REPLAY_AT_END: {
    schema: z.enum(["stop", "loop"]),
    default: "stop",
    expected: "stop or loop",
    description:
      "what happens at the end of the recording: stop keeps the last bar, loop starts again, shifted by whole weeks",
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
