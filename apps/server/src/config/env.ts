import { readFileSync } from "node:fs";
import { parseEnv as parseEnvFile } from "node:util";
import { isList } from "./variable.js";
import { type Env, isLoopback, TABLE } from "./variables.js";

export type { Env } from "./variables.js";

/** Environment variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** An invalid environment variable. The message names the variable, its value and what is expected. */
export class EnvError extends Error {
  override readonly name = "EnvError";
  readonly variable: string;

  constructor(variable: string, message: string) {
    super(message);
    this.variable = variable;
  }
}

/**
 * Returns the variables of a process, with those of the file that ENV_FILE names. A variable of the process has precedence.
 *
 * @throws EnvError if the file cannot be read
 */
export function readEnvironment(given: Environment): Environment {
  const file = given.ENV_FILE;
  return file ? { ...parseEnvFile(readFile("ENV_FILE", file)), ...given } : given;
}

/**
 * Parses and validates the environment variables, and those of ENV_FILE. An empty variable counts as not set, except for
 * lists.
 *
 * @throws EnvError for the first invalid variable, or for one that conflicts with another
 */
export function parseEnv(process: Environment): Env {
  const given = readEnvironment(process);
  const values = Array.from(TABLE, ([name, variable]) => {
    const { schema, default: byDefault, expected, secret } = variable;
    const value = (secret ? secretOf(name, given) : given[name]) || byDefault;
    const result = schema.safeParse(value);
    if (!result.success) {
      const shown = secret ? `(${value.length} characters)` : JSON.stringify(value);
      throw new EnvError(name, `Invalid ${name} ${shown}: expected ${expected}.`);
    }
    if (isList(variable) && given[name] !== undefined) assertNotEmpty(name, given[name], expected);
    return [name, result.data];
  });
  const env = Object.fromEntries(values) as Env;
  assertConsistent(env);
  return env;
}

/** Refuses a list without items: it could mean everything, nothing, or a variable that was not substituted. */
function assertNotEmpty(name: string, value: string, expected: string): void {
  if (/[^\s,]/.test(value)) return;
  throw new EnvError(
    name,
    `Invalid ${name} ${JSON.stringify(value)}: the list is empty. Expected ${expected}; remove the variable for its default.`,
  );
}

/**
 * Returns a secret from its variable, or from the file that `{NAME}_FILE` names, which is how containers pass secrets.
 */
function secretOf(name: string, given: Environment): string {
  const value = given[name] ?? "";
  const file = given[`${name}_FILE`];
  if (!file) return value;
  if (value !== "") throw new EnvError(name, `${name} and ${name}_FILE are both set: set only one of them.`);
  return readFile(`${name}_FILE`, file).trimEnd();
}

/**
 * Reads the file whose path a variable contains.
 *
 * @throws EnvError
 */
export function readFile(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { message } = error as Error;
    throw new EnvError(variable, `Cannot read the file ${JSON.stringify(file)} that ${variable} names: ${message}.`);
  }
}

/**
 * Runs a function that reads or creates a file in DATA_DIR when the server starts.
 *
 * @throws EnvError instead of the system's error; other errors as they are
 */
export function withDataFile<Result>(file: string, use: () => Result): Result {
  try {
    return use();
  } catch (error) {
    const { message, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    const remedy = "give this process access to it, or set DATA_DIR to another folder";
    throw new EnvError(
      "DATA_DIR",
      `Cannot use ${JSON.stringify(file)} of DATA_DIR: ${message}. Correct it, ${remedy}.`,
    );
  }
}

/** Checks rules that span several variables. */
function assertConsistent(env: Env): void {
  if ((env.TLS_CERT_FILE === "") !== (env.TLS_KEY_FILE === "")) {
    const [is, other] =
      env.TLS_CERT_FILE === "" ? ["TLS_CERT_FILE", "TLS_KEY_FILE"] : ["TLS_KEY_FILE", "TLS_CERT_FILE"];
    throw missing(is, `${other} needs it, set both or neither`);
  }
  if (env.DATAFEED === "external" && env.EXTERNAL_SYMBOLS.length === 0) {
    throw missing("EXTERNAL_SYMBOLS", "DATAFEED=external needs it, as in EXTERNAL_SYMBOLS=AAPL,MSFT");
  }
  if (env.RUN_SOURCES === "off" && env.REDIS_URL === "") {
    throw missing("REDIS_URL", "RUN_SOURCES=off needs it, because other servers have to run the sources");
  }
  if (env.REDIS_URL !== "" && env.DATAFEED === "replay" && env.REPLAY_STARTS_AT === "") {
    const why =
      "REDIS_URL needs it with DATAFEED=replay, so that all servers are at the same position of the recording";
    throw missing("REPLAY_STARTS_AT", why);
  }
  if (env.AUTH_MODE === "demo" && !isLoopback(env.HOST)) {
    throw new EnvError(
      "HOST",
      `Invalid HOST ${JSON.stringify(env.HOST)}: AUTH_MODE=demo gives anyone a token for any account, so it only listens on a loopback address. ` +
        "Unset HOST, or set AUTH_MODE=jwt with a JWT_SECRET.",
    );
  }
}

function missing(variable: string, why: string): EnvError {
  return new EnvError(variable, `${variable} is not set: ${why}.`);
}

/** Returns the text of `--help`. */
export function help(): string {
  const rows = Array.from(TABLE, ([name, { default: byDefault, description, expected, secret }]) => {
    const orFile = secret ? `; or ${name}_FILE, the path of a file that contains it` : "";
    const unset = byDefault === "" ? "not set" : byDefault;
    return `  ${name}\n      ${description}\n      ${expected}${orFile}; default: ${unset}`;
  });
  return `Serves market data, a paper-trading broker and the trading page, over one WebSocket and HTTP.

  node dist/main.js             starts the server; Ctrl-C and SIGTERM stop it
  node dist/main.js token       creates an access token for testing; see token --help
  node dist/main.js backup      writes the broker's data to a file, while the server runs; see backup --help
  node dist/main.js restore     reads such a file back
  node dist/main.js admin       lists and closes connections, publishes, revokes tokens, halts accounts; see admin --help
  node dist/main.js --check     checks the settings and prints them, without secrets; exits with 1 if they are invalid
  node dist/main.js --version   prints the version
  node dist/main.js --help      prints this text

SIGHUP makes a running server read ENV_FILE and the files of secrets and certificates again.

Environment variables:

${rows.join("\n")}

To try it on this machine, with tokens for anyone:
  AUTH_MODE=demo node dist/main.js
To serve other machines:
  AUTH_MODE=jwt JWT_SECRET_FILE=secret HOST=0.0.0.0 ALLOWED_ORIGINS=https://app.example.com node dist/main.js
`;
}
