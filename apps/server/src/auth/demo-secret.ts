import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "demo-secret";

/**
 * The secret of demo tokens: random, and kept in the data folder, so that tokens outlive a restart.
 *
 * @param directory made where it is missing; undefined: the secret is of this process alone
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
