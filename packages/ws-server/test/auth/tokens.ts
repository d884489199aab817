import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from "node:crypto";

/** The time of the tests' clocks, in Unix seconds. */
export const NOW = 1_700_000_000;

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Key pairs that all tests share, because generating them is slow. */
export const rsa: KeyPair = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const ec: KeyPair = generateKeyPairSync("ec", { namedCurve: "P-256" });
export const ed: KeyPair = generateKeyPairSync("ed25519");

/** Returns the public key as a member of a key set, with additional fields. */
export function jwk(pair: KeyPair, fields: object): JsonWebKey {
  return { ...createPublicKey(pair.privateKey).export({ format: "jwk" }), ...fields };
}

/** Returns a signed token. Uses no JWT library, so that it cannot share a bug with the library under test. */
export function mint(algorithm: string, key: KeyObject | string, claims: object | string, header: object = {}): string {
  const head = { alg: algorithm, typ: "JWT", ...header };
  const body = typeof claims === "string" ? claims : JSON.stringify(claims);
  const signed = `${encode(JSON.stringify(head))}.${encode(body)}`;
  return `${signed}.${signature(algorithm, key, signed)}`;
}

export function encode(text: string | Buffer): string {
  return Buffer.from(text).toString("base64url");
}

function signature(algorithm: string, key: KeyObject | string, text: string): string {
  if (algorithm === "none") return "";
  if (typeof key === "string")
    return createHmac(`sha${algorithm.slice(2)}`, key)
      .update(text)
      .digest("base64url");
  const data = Buffer.from(text);
  const privateKey = createPrivateKey(key.export({ format: "pem", type: "pkcs8" }));
  if (algorithm === "EdDSA") return encode(sign(null, data, privateKey));
  const dsaEncoding = algorithm.startsWith("ES") ? "ieee-p1363" : undefined;
  return encode(sign(`sha${algorithm.slice(2)}`, data, { key: privateKey, ...(dsaEncoding && { dsaEncoding }) }));
}
