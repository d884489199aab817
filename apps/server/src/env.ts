import type { LogLevel } from "@trading/ws-server";
import { z } from "zod";

/** The environment, parsed. */
export type Env = { [Name in keyof typeof VARIABLES]: z.output<(typeof VARIABLES)[Name]["schema"]> };

const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const satisfies readonly LogLevel[];

const text = (most: number) => z.string().max(most);

/** Every variable the server reads: this table parses them, explains a wrong one, and is what `--help` prints. */
export const VARIABLES = {
  PORT: {
    schema: z
      .string()
      .regex(/^\d{1,5}$/)
      .transform(Number)
      .pipe(z.number().max(65_535)),
    default: "8000",
    allowed: "a whole number from 0 (any free port) to 65535",
    meaning: "the port of the page, the HTTP API and the socket",
  },
  HOST: {
    schema: text(255).regex(/^[\w.:-]+$/),
    default: "127.0.0.1",
    allowed: "a host name or an IP address, such as 127.0.0.1 or 0.0.0.0",
    meaning: "the address to listen on; 0.0.0.0 lets other machines in",
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
    schema: text(4_096),
    default: "",
    allowed: "the path of a CSV file with the columns time,open,high,low,close,volume",
    meaning: "the recording to replay; needed with DATAFEED=replay",
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
  LOG_LEVEL: {
    schema: z.enum(LOG_LEVELS),
    default: "info",
    allowed: "debug, info, warn, error or silent",
    meaning: "the least important log line that is written",
  },
};

/** A variable that cannot be used. The message names it, its value and what is allowed. */
export class EnvError extends Error {
  override readonly name = "EnvError";
  readonly variable: string;

  constructor(variable: string, message: string) {
    super(message);
    this.variable = variable;
  }
}

/**
 * Reads the variables. One that is empty counts as not set.
 *
 * @throws EnvError for the first that is wrong
 */
export function parseEnv(env: Readonly<Record<string, string | undefined>>): Env {
  const values = Object.entries(VARIABLES).map(([name, variable]) => {
    const given = env[name] || variable.default;
    const result = variable.schema.safeParse(given);
    if (!result.success) {
      throw new EnvError(name, `${name} is ${JSON.stringify(given)}: give ${variable.allowed}.`);
    }
    return [name, result.data];
  });
  const parsed = Object.fromEntries(values) as Env;
  if (parsed.DATAFEED === "replay" && parsed.REPLAY_FILE === "") {
    throw new EnvError(
      "REPLAY_FILE",
      `REPLAY_FILE is not set: DATAFEED=replay needs ${VARIABLES.REPLAY_FILE.allowed}.`,
    );
  }
  return parsed;
}

/** What `--help` prints. */
export function help(): string {
  const rows = Object.entries(VARIABLES).map(([name, variable]) => {
    const byDefault = variable.default === "" ? "not set" : variable.default;
    return `  ${name.padEnd(24)}${variable.meaning}\n${" ".repeat(26)}${variable.allowed}; default: ${byDefault}`;
  });
  return `Streams market data over one WebSocket, and serves the trading page.\n\nSet by environment variables:\n\n${rows.join("\n")}\n`;
}
