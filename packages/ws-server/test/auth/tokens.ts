import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from "node:crypto";

/** The moment at which the tests' clocks stand: Unix seconds. */
export const NOW = 1_700_000_000;

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Key pairs, made once for the tests that need them. */
export const rsa: KeyPair = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const ec: KeyPair = generateKeyPairSync("ec", { namedCurve: "P-256" });
export const ed: KeyPair = generateKeyPairSync("ed25519");

/** A public key as it stands in a key set. */
export function jwk(pair: KeyPair, fields: object): JsonWebKey {
  return { ...createPublicKey(pair.privateKey).export({ format: "jwk" }), ...fields };
}

/** Signs without any library for tokens, so that it cannot share a fault with the one under test. */
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
