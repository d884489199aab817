import { type Authenticator, type Clock, type Logger, WsServerError } from "@trading/ws-server";
import { type JwtAlgorithm, type JwtKeys, jwtAuthenticator } from "@trading/ws-server/jwt";
import { type Env, EnvError } from "../config/env.js";
import { type Access, accessByClaims } from "./access.js";
import { demoSecret } from "./demo-secret.js";
import type { Signing } from "./tokens.js";

/** Open to anyone in demo mode: the account of the origin's examples. */
export const OPEN_ACCOUNT = "TEST-001";

/** Who may use which account, as the environment says. */
export interface Auth {
  readonly access: Access;
  /** How demo tokens are signed; undefined outside of demo mode. */
  readonly demo: Signing | undefined;
}

/**
 * @param dataDirectory where a demo's secret is kept; undefined: it is of this process alone
 * @returns undefined where AUTH_MODE is not set
 * @throws EnvError
 */
export function createAuth(
  env: Env,
  dataDirectory: string | undefined,
  clock: Clock,
  logger: Logger,
): Auth | undefined {
  if (env.AUTH_MODE === "") return undefined;
  if (env.AUTH_MODE === "jwt") return { access: accessByClaims(verifierOf(env, clock, logger)), demo: undefined };
  const demo = demoSigning(dataDirectory);
  const authenticate = jwtAuthenticator({ secret: demo.secret }, { algorithms: [demo.algorithm], clock, logger });
  return { access: accessByClaims(authenticate, new Set([OPEN_ACCOUNT])), demo };
}

/**
 * How tokens are signed that a server with this environment trusts.
 *
 * @throws EnvError where they cannot be made here
 */
export function readSigning(env: Env, clock: Clock, logger: Logger): Signing {
  if (env.AUTH_MODE === "demo") return demoSigning(env.DATA_DIR);
  if (env.JWT_SECRET === "") {
    const told = env.JWKS_URL + env.JWKS_FILE === "" ? "give the server's, or AUTH_MODE=demo" : KEYS_ARE_PUBLIC;
    throw new EnvError("JWT_SECRET", `JWT_SECRET is not set: ${told}.`);
  }
  // Says what is wrong with the secret and its algorithms, as the server would.
  verifierOf(env, clock, logger);
  const [algorithm] = algorithmsOf(env) as Signing["algorithm"][];
  return {
    secret: env.JWT_SECRET,
    algorithm: algorithm as Signing["algorithm"],
    issuer: env.JWT_ISSUER,
    audience: env.JWT_AUDIENCE,
  };
}

const KEYS_ARE_PUBLIC = "with public keys (JWKS_URL, JWKS_FILE), only their issuer can make tokens";

function demoSigning(dataDirectory: string | undefined): Signing {
  return { secret: demoSecret(dataDirectory), algorithm: "HS256", issuer: "", audience: "" };
}

/** What the engine calls what the variables name. */
const VARIABLE_OF: Readonly<Record<string, string>> = {
  secret: "JWT_SECRET",
  jwksUrl: "JWKS_URL",
  jwksFile: "JWKS_FILE",
  algorithms: "JWT_ALGORITHMS",
};

function verifierOf(env: Env, clock: Clock, logger: Logger): Authenticator {
  const keys = keysOf(env);
  try {
    return jwtAuthenticator(keys, {
      algorithms: algorithmsOf(env),
      ...(env.JWT_ISSUER !== "" && { issuer: env.JWT_ISSUER }),
      ...(env.JWT_AUDIENCE !== "" && { audience: env.JWT_AUDIENCE }),
      clock,
      logger,
    });
  } catch (error) {
    if (!(error instanceof WsServerError)) throw error;
    const [option = ""] = error.message.split(" ");
    const variable = VARIABLE_OF[option] ?? option;
    throw new EnvError(variable, `${variable}${error.message.slice(option.length)}.`);
  }
}

function keysOf({ JWT_SECRET: secret, JWKS_URL: jwksUrl, JWKS_FILE: jwksFile }: Env): JwtKeys {
  const given = Object.entries({ secret, jwksUrl, jwksFile }).filter(([, value]) => value !== "");
  if (given.length === 1) return Object.fromEntries(given) as unknown as JwtKeys;
  const names = given.map(([name]) => VARIABLE_OF[name]).join(" and ");
  const told = given.length === 0 ? "AUTH_MODE=jwt needs what tokens are checked with" : `${names} are both set`;
  throw new EnvError("JWT_SECRET", `${told}: give one of JWT_SECRET, JWKS_URL and JWKS_FILE.`);
}

function algorithmsOf({ JWT_ALGORITHMS: named, JWT_SECRET: secret }: Env): readonly JwtAlgorithm[] {
  if (named.length > 0) return named as JwtAlgorithm[];
  return secret === "" ? ["RS256", "ES256", "EdDSA"] : ["HS256"];
}
