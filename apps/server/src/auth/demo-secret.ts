import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  const stored = storedIn(file);
  if (stored !== undefined) return stored;
  // The file is complete as soon as it has its name, and only the first of several processes gives it that.
  const complete = `${file}.${process.pid}`;
  writeFileSync(complete, secret, { mode: 0o600 });
  try {
    linkSync(complete, file);
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return readFileSync(file, "utf8");
  } finally {
    rmSync(complete);
  }
}

function storedIn(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
