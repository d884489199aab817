import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "demo-secret";

/**
 * Returns the secret that signs demo tokens. It is random, and stored in the data directory so that tokens stay valid
 * after a restart.
 *
 * @param directory created if missing; undefined: a new secret for each process
 */
export function demoSecret(directory: string | undefined): string {
  const secret = randomBytes(32).toString("hex");
  if (directory === undefined) return secret;
  mkdirSync(directory, { recursive: true });
  const file = join(directory, FILE);
  try {
    writeFileSync(file, secret, { flag: "wx", mode: 0o600 });
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return readFileSync(file, "utf8");
  }
}
