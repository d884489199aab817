import { readFileSync } from "node:fs";
import { type Env, isLoopback, TABLE } from "./variables.js";

export type { Env } from "./variables.js";

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

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
 * @throws EnvError for the first that is wrong, or that does not go with another
 */
export function parseEnv(given: Environment): Env {
  const values = Array.from(TABLE, ([name, { schema, default: byDefault, allowed, secret }]) => {
    const value = (secret ? secretOf(name, given) : given[name]) || byDefault;
    const result = schema.safeParse(value);
    if (result.success) return [name, result.data];
    const is = secret ? `has ${value.length} characters` : `is ${JSON.stringify(value)}`;
    throw new EnvError(name, `${name} ${is}: give ${allowed}.`);
  });
  const env = Object.fromEntries(values) as Env;
  assertConsistent(env);
  return env;
}

/** A secret is given by itself, or by a file that has it, as containers are given theirs. */
function secretOf(name: string, given: Environment): string {
  const value = given[name] ?? "";
  const file = given[`${name}_FILE`];
  if (!file) return value;
  if (value !== "") throw new EnvError(name, `${name} and ${name}_FILE are both set: give one of them.`);
  return readFile(`${name}_FILE`, file).trimEnd();
}

/** @throws EnvError naming the variable that has its path */
export function readFile(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { message } = error as Error;
    throw new EnvError(variable, `${variable} is ${JSON.stringify(file)}, which cannot be read: ${message}.`);
  }
}

/** Holds variables to each other. */
function assertConsistent(env: Env): void {
  if ((env.TLS_CERT_FILE === "") !== (env.TLS_KEY_FILE === "")) {
    const [is, other] =
      env.TLS_CERT_FILE === "" ? ["TLS_CERT_FILE", "TLS_KEY_FILE"] : ["TLS_KEY_FILE", "TLS_CERT_FILE"];
    throw missing(is, `${other} is, and one is of no use without the other`);
  }
  if (env.MAX_CONNECTIONS_PER_ADDRESS > 0 && env.TRUSTED_PROXIES.length === 0) {
    const told = `MAX_CONNECTIONS_PER_ADDRESS is ${env.MAX_CONNECTIONS_PER_ADDRESS}, and behind a proxy all clients have one address`;
    throw missing("TRUSTED_PROXIES", `${told}. List the proxies, or give none where clients come directly`);
  }
  if (env.AUTH_MODE === "demo" && !isLoopback(env.HOST)) {
    throw new EnvError(
      "HOST",
      `HOST is ${JSON.stringify(env.HOST)}, but AUTH_MODE=demo gives anyone a token for any account, so it listens to this machine alone: ` +
        "leave HOST out, or set AUTH_MODE=jwt with a JWT_SECRET.",
    );
  }
}

function missing(variable: string, why: string): EnvError {
  return new EnvError(variable, `${variable} is not set: ${why}.`);
}

/** What `--help` prints. */
export function help(): string {
  const rows = Array.from(TABLE, ([name, { default: byDefault, meaning, allowed, secret }]) => {
    const orFile = secret ? `; or ${name}_FILE, a file that has it` : "";
    const unset = byDefault === "" ? "not set" : byDefault;
    return `  ${name}\n      ${meaning}\n      ${allowed}${orFile}; default: ${unset}`;
  });
  return `Serves market data, a paper-trading broker and the trading page, over one WebSocket and HTTP.

  node dist/main.js             starts it; Ctrl-C and SIGTERM stop it
  node dist/main.js token       makes a token for an account, to try things with; token --help says how
  node dist/main.js --help      prints this

Set by environment variables:

${rows.join("\n")}

On this machine alone, with tokens for everyone:   AUTH_MODE=demo node dist/main.js
For others:   AUTH_MODE=jwt JWT_SECRET_FILE=secret HOST=0.0.0.0 ALLOWED_ORIGINS=https://app.example.com node dist/main.js
`;
}
