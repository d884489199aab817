import { isIP } from "node:net";
import type { LogLevel } from "@trading/ws-server";
import { z } from "zod";

const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const satisfies readonly LogLevel[];

const text = (most: number) => z.string().max(most);

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most));

/** Names with commas; spaces around them do not count. */
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
const MOST = 2_147_483_647;
const LIMIT = `a whole number up to ${MOST}; 0: no limit`;

/** One variable: how it is read, and what `--help` says of it. */
interface Variable {
  readonly schema: z.ZodType<unknown, string>;
  /** Empty: not set. */
  readonly default: string;
  readonly allowed: string;
  readonly meaning: string;
  /** Its value is never printed, and `{NAME}_FILE` may name a file that has it. @default false */
  readonly secret?: true;
}

/** Every variable the server reads: this table parses them, explains a wrong one, and is what `--help` prints. */
export const VARIABLES = {
  PORT: {
    schema: port,
    default: "8000",
    allowed: ANY_PORT,
    meaning: "the port of the page, the HTTP API and the socket",
  },
  HOST: {
    schema: host,
    default: "127.0.0.1",
    allowed: HOST,
    meaning: "the address to listen on; 0.0.0.0 lets other machines in",
  },
  TLS_CERT_FILE: {
    schema: path,
    default: "",
    allowed: PATH,
    meaning: "the certificate and its chain, PEM; with TLS_KEY_FILE the server speaks https and wss",
  },
  TLS_KEY_FILE: { schema: path, default: "", allowed: PATH, meaning: "the certificate's private key, PEM" },
  ALLOWED_ORIGINS: {
    schema: list,
    default: "",
    allowed: "origins with commas, such as https://app.example.com,http://localhost:5173",
    meaning:
      "origins whose pages may use the socket and the HTTP API, the server's own among them; where empty, any page may use the socket, and only its own the HTTP API",
  },
  TRUSTED_PROXIES: {
    schema: list,
    default: "",
    allowed: "addresses and blocks with commas, such as 10.0.0.0/8, or none",
    meaning:
      "the proxies before this server, which alone are believed about X-Forwarded-For; none: clients come directly",
  },
  ENABLED_MODULES: {
    schema: list,
    default: "all",
    allowed: "all, or names of modules with commas, such as datafeed",
    meaning: "what is served",
  },
  AUTH_MODE: {
    schema: z.enum(["", "demo", "jwt"]),
    default: "",
    allowed: "demo or jwt",
    meaning:
      "who may use which account: demo gives anyone a token for any account, and listens to this machine alone; jwt trusts signed tokens whose claim accounts lists them; needed where a module is of accounts, and demo with npm start",
  },
  JWT_SECRET: {
    schema: text(4_096),
    default: "",
    allowed: "a text of at least 32 bytes, as from openssl rand -hex 32",
    meaning: "what tokens are signed with, shared with their issuer",
    secret: true,
  },
  JWKS_URL: {
    schema: text(4_096),
    default: "",
    allowed: "an https address",
    meaning: "where the issuer publishes its public keys, in place of a secret",
  },
  JWKS_FILE: {
    schema: path,
    default: "",
    allowed: PATH,
    meaning: "the issuer's public keys, a JSON Web Key Set, in place of a secret; read again when it changes",
  },
  JWT_ALGORITHMS: {
    schema: list,
    default: "",
    allowed: "names with commas, such as ES256,EdDSA",
    meaning: "the only signatures that count; where empty, HS256 with a secret and RS256,ES256,EdDSA with public keys",
  },
  JWT_ISSUER: {
    schema: text(1_024),
    default: "",
    allowed: "a text",
    meaning: "what a token's iss must be; where empty, anything",
  },
  JWT_AUDIENCE: {
    schema: text(1_024),
    default: "",
    allowed: "a text",
    meaning: "what a token's aud must have; set it where the issuer serves other applications as well",
  },
  DATA_DIR: {
    schema: path.min(1),
    default: "data",
    allowed: "the path of a folder",
    meaning: "what outlives a restart, below the folder that the server is started in; made when it is needed",
  },
  DATABASE_URL: {
    schema: z.literal("").or(text(4_096).regex(/^postgres(?:ql)?:\/\//)),
    default: "",
    allowed: "a PostgreSQL address, such as postgresql://user:password@127.0.0.1:5432/trading",
    meaning: "the database that accounts and orders are kept in; where empty, the file broker.db in DATA_DIR",
    secret: true,
  },
  METRICS_PORT: {
    schema: z.literal("").or(port),
    default: "",
    allowed: ANY_PORT,
    meaning: "the port of /healthz, /readyz and /metrics; where empty, there are none",
  },
  METRICS_HOST: {
    schema: host,
    default: "127.0.0.1",
    allowed: HOST,
    meaning: "the address that these listen on; they are not for everybody",
  },
  MAX_CONNECTIONS: {
    schema: wholeNumber(0, MOST),
    default: "0",
    allowed: LIMIT,
    meaning: "connections in total; one more is refused with 503",
  },
  MAX_CONNECTIONS_PER_ADDRESS: {
    schema: wholeNumber(0, MOST),
    default: "0",
    allowed: LIMIT,
    meaning: "connections of one address; one more is refused with 429; needs TRUSTED_PROXIES",
  },
  MAX_TOPICS_PER_CONNECTION: {
    schema: wholeNumber(0, MOST),
    default: "1000",
    allowed: LIMIT,
    meaning: "topics that one connection may hold",
  },
  MAX_BUFFERED_BYTES: {
    schema: wholeNumber(0, MOST),
    default: "1048576",
    allowed: LIMIT,
    meaning: "bytes that may wait for one client's network; past it a client skips to the latest state",
  },
  DRAIN_MS: {
    schema: wholeNumber(0, 3_600_000),
    default: "0",
    allowed: "a whole number of milliseconds up to 3600000",
    meaning: "how long clients may take to leave by themselves when the server stops",
  },
  DATAFEED: {
    schema: z.enum(["simulated", "replay"]),
    default: "simulated",
    allowed: "simulated or replay",
    meaning: "where market data comes from",
  },
  SIMULATED_SEED: {
    schema: text(64),
    default: "1",
    allowed: "a text of at most 64 characters",
    meaning: "the seed of the simulated market; the same seed makes the same prices",
  },
  REPLAY_FILE: {
    schema: path,
    default: "",
    allowed: "the path of a CSV file with the columns time,open,high,low,close,volume",
    meaning: "the recording that DATAFEED=replay plays; where empty, Apple's daily bars of five years",
  },
  REPLAY_SYMBOL: {
    schema: text(64),
    default: "",
    allowed: "a symbol of at most 64 characters, such as AAPL",
    meaning: "what the recording is of; where empty, the file's name in capitals",
  },
  REPLAY_BARS_PER_SECOND: {
    schema: z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number)
      .pipe(z.number().min(0.001).max(100_000)),
    default: "4",
    allowed: "a number from 0.001 to 100000",
    meaning: "how fast the recording is played",
  },
  REPLAY_AT_END: {
    schema: z.enum(["stop", "loop"]),
    default: "stop",
    allowed: "stop or loop",
    meaning: "at the recording's end: stop (the last bar stands) or loop (later by whole weeks)",
  },
  LOG_FORMAT: {
    schema: z.enum(["json", "text"]),
    default: "json",
    allowed: "json or text",
    meaning: "how log lines are written, on standard error: json for programs, text for people",
  },
  LOG_LEVEL: {
    schema: z.enum(LOG_LEVELS),
    default: "info",
    allowed: "debug, info, warn, error or silent",
    meaning: "the least important log line that is written",
  },
} satisfies Readonly<Record<string, Variable>>;

/** The variables, parsed. */
export type Env = { [Name in keyof typeof VARIABLES]: z.output<(typeof VARIABLES)[Name]["schema"]> };

/** {@link VARIABLES}, as what they have in common. */
export const TABLE: ReadonlyMap<string, Variable> = new Map(Object.entries(VARIABLES));

/** Whether an address is of this machine alone. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || (isIP(address) === 4 && address.startsWith("127."));
}
