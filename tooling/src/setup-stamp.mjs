import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Below a repository's root: the file that holds what its installed tree was made from. */
export const STAMP = "node_modules/.setup-stamp";

/**
 * What the installed tree of a repository is to be made from, so that an unchanged tree costs no package manager at all.
 *
 * @param {string} root
 */
export function stampOf(root) {
  return createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .update(process.version)
    .digest("hex");
}
