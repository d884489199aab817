import { createSecretKey } from "node:crypto";
import { SignJWT } from "jose";

/** What a token says. */
export interface TokenClaims {
  /** Who it is for. The tokens that a connection gets later must be for the same. */
  readonly subject: string;
  readonly accounts: readonly string[];
  /** Unix milliseconds; whole seconds of it count. */
  readonly expiresAt: number;
}

/** How tokens are signed: what those who check them ask for. */
export interface Signing {
  readonly secret: string;
  readonly algorithm: "HS256" | "HS384" | "HS512";
  /** Empty: tokens name none. */
  readonly issuer: string;
  /** Empty: tokens name none. */
  readonly audience: string;
}

/** Makes a JSON Web Token (RFC 7519). */
export function signToken(signing: Signing, { subject, accounts, expiresAt }: TokenClaims): Promise<string> {
  const token = new SignJWT({ accounts: [...accounts] })
    .setProtectedHeader({ alg: signing.algorithm, typ: "JWT" })
    .setSubject(subject)
    .setExpirationTime(Math.floor(expiresAt / 1_000));
  if (signing.issuer !== "") token.setIssuer(signing.issuer);
  if (signing.audience !== "") token.setAudience(signing.audience);
  return token.sign(createSecretKey(signing.secret, "utf8"));
}
