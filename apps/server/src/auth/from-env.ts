import { type Authenticator, type Clock, type Logger, WsServerError } from "@trading/ws-server";
import { type JwtAlgorithm, type JwtKeys, jwtAuthenticator } from "@trading/ws-server/jwt";
import { type Env, EnvError, withDataFile } from "../config/env.js";
import { type Access, accessByClaims } from "./access.js";
import { demoAuthenticator } from "./demo-authenticator.js";
import { demoSecret } from "./demo-secret.js";
import { type TokenRules, tokenRulesOf } from "./token-rules.js";
import type { Signing } from "./tokens.js";

/** The account that anyone can use in demo mode; the legacy system's examples use it. */
export const OPEN_ACCOUNT = "TEST-001";

/** Authorization as the environment configures it. */
export interface Auth {
  readonly access: Access;
  /** Signing key of demo tokens; undefined outside of demo mode. */
  readonly demo: Signing | undefined;
  /** Returns which tokens are accepted now, without secrets. @param salt see {@link tokenRulesOf} */
  tokenRules(salt: string): TokenRules;
  /**
   * Prepares the verification of tokens with other settings.
   *
   * @returns applies them to tokens that are verified from now on
   * @throws EnvError; then nothing has changed
   */
  prepare(env: Env): () => void;
}

/**
 * Creates the authorization that AUTH_MODE selects.
 *
 * @param dataDirectory where the demo mode's secret is stored without DEMO_SECRET; undefined: a new secret for each process
 * @returns undefined if AUTH_MODE is not set
 * @throws EnvError
 */
export function createAuth(
  env: Env,
  dataDirectory: string | undefined,
  clock: Clock,
  logger: Logger,
): Auth | undefined {
  if (env.AUTH_MODE === "") return undefined;
  if (env.AUTH_MODE === "jwt") {
    let verify = verifierOf(env, clock, logger);
    let current = env;
    return {
      access: accessByClaims((token) => verify(token)),
      demo: undefined,
      tokenRules: (salt) => jwtRules(current, salt),
      prepare(changed) {
        const next = verifierOf(changed, clock, logger);
        return () => {
          verify = next;
          current = changed;
        };
      },
    };
  }
  const demo = demoSigning(env, dataDirectory);
  return {
    access: accessByClaims(demoAuthenticator(demo, clock, logger), new Set([OPEN_ACCOUNT])),
    demo,
    tokenRules: (salt) => tokenRulesOf({ mode: "demo", secrets: [demo.secret] }, salt),
    prepare: () => () => {},
  };
}

/**
 * Returns the key that signs tokens for a server with this environment.
 *
 * @throws EnvError if the environment has no secret to sign with
 */
export function readSigning(env: Env, clock: Clock, logger: Logger): Signing {
  if (env.AUTH_MODE === "demo") return demoSigning(env, env.DATA_DIR);
  if (env.JWT_SECRET === "") {
    const remedy =
      env.JWKS_URL + env.JWKS_FILE === "" ? "set it as for the server, or AUTH_MODE=demo" : KEYS_ARE_PUBLIC;
    throw new EnvError("JWT_SECRET", `JWT_SECRET is not set: ${remedy}.`);
  }
  // Reports an invalid secret or algorithm in the same way as the server.
  verifierOf(env, clock, logger);
  const [algorithm] = algorithmsOf(env) as Signing["algorithm"][];
  return {
    secret: env.JWT_SECRET,
    algorithm: algorithm as Signing["algorithm"],
    issuer: env.JWT_ISSUER,
    audience: env.JWT_AUDIENCE,
  };
}

const KEYS_ARE_PUBLIC = "with public keys (JWKS_URL, JWKS_FILE), only their issuer can create tokens";

function demoSigning(env: Env, dataDirectory: string | undefined): Signing {
  const secret = env.DEMO_SECRET || withDataFile(dataDirectory ?? "", () => demoSecret(dataDirectory));
  return { secret, algorithm: "HS256", issuer: "", audience: "" };
}

/** Environment variables by the option of `jwtAuthenticator` that they set. */
const VARIABLE_OF: Readonly<Record<string, string>> = {
  secret: "JWT_SECRET",
  "secret[0]": "JWT_SECRET",
  "secret[1]": "JWT_SECRET_PREVIOUS",
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
    // The operator knows the variable, not the option.
    const [option = ""] = /\b(?:secret(?:\[\d\])?|jwksUrl|jwksFile|algorithms)(?=")/.exec(error.message) ?? [];
    const variable = VARIABLE_OF[option] ?? option;
    throw new EnvError(variable, `${error.message.replace(`option "${option}"`, variable)}.`);
  }
}

function jwtRules(env: Env, salt: string): TokenRules {
  const { JWT_SECRET: secret, JWT_SECRET_PREVIOUS: previous, JWKS_FILE: keyFile } = env;
  const keys =
    secret !== ""
      ? { secrets: [secret, previous].filter((each) => each !== "") }
      : { ...(keyFile !== "" && { keyFile }) };
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = env;
  return tokenRulesOf({ mode: "jwt", ...keys, algorithms: algorithmsOf(env), issuer, audience }, salt);
}

function keysOf(env: Env): JwtKeys {
  const { JWT_SECRET: secret, JWT_SECRET_PREVIOUS: previous, JWKS_URL: jwksUrl, JWKS_FILE: jwksFile } = env;
  const given = Object.entries({ secret, jwksUrl, jwksFile }).filter(([, value]) => value !== "");
  if (previous !== "") {
    if (secret !== "" && given.length === 1) return { secret: [secret, previous] };
    throw new EnvError(
      "JWT_SECRET_PREVIOUS",
      "JWT_SECRET_PREVIOUS is set without JWT_SECRET: set JWT_SECRET to the new secret.",
    );
  }
  if (given.length === 1) return Object.fromEntries(given) as unknown as JwtKeys;
  const names = given.map(([name]) => VARIABLE_OF[name]).join(" and ");
  const problem = given.length === 0 ? "AUTH_MODE=jwt needs a key to verify tokens with" : `${names} are both set`;
  throw new EnvError("JWT_SECRET", `${problem}: set one of JWT_SECRET, JWKS_URL and JWKS_FILE.`);
}

function algorithmsOf({ JWT_ALGORITHMS: named, JWT_SECRET: secret }: Env): readonly JwtAlgorithm[] {
  if (named.length > 0) return named as JwtAlgorithm[];
  return secret === "" ? ["RS256", "ES256", "EdDSA"] : ["HS256"];
}
