/** Creates a random key of 32 characters. Works on pages without TLS, which have no `crypto.randomUUID`. */
export function createIdempotencyKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
