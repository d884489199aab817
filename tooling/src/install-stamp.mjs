import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The file, relative to the root of a repository, that records what is installed. */
export const STAMP = "node_modules/.setup-stamp";

/**
 * Returns a hash of what an installation depends on: the lockfile and the version of Node. As long as it equals the
 * recorded one, no package manager needs to run.
 *
 * @param {string} root
 */
export function stampOf(root) {
  return createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .update(process.version)
    .digest("hex");
}
