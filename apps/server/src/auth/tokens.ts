import { createSecretKey } from "node:crypto";
import { SignJWT } from "jose";

/** Claims of an access token. */
export interface TokenClaims {
  /** The user. When a connection renews its token, the new one must have the same subject. */
  readonly subject: string;
  readonly accounts: readonly string[];
  /** Unix milliseconds, rounded down to whole seconds. */
  readonly expiresAt: number;
}

/** Key and claims that verifiers of the tokens expect. */
export interface Signing {
  readonly secret: string;
  readonly algorithm: "HS256" | "HS384" | "HS512";
  /** Empty: tokens have no `iss`. */
  readonly issuer: string;
  /** Empty: tokens have no `aud`. */
  readonly audience: string;
}

/** Signs a JSON Web Token (RFC 7519). */
export function signToken(signing: Signing, { subject, accounts, expiresAt }: TokenClaims): Promise<string> {
  const token = new SignJWT({ accounts: [...accounts] })
    .setProtectedHeader({ alg: signing.algorithm, typ: "JWT" })
    .setSubject(subject)
    .setExpirationTime(Math.floor(expiresAt / 1_000));
  if (signing.issuer !== "") token.setIssuer(signing.issuer);
  if (signing.audience !== "") token.setAudience(signing.audience);
  return token.sign(createSecretKey(signing.secret, "utf8"));
}
