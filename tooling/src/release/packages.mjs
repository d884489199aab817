import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The packages that the release publishes to npm: their folders, by name. */
export const PUBLISHED = {
  "@trading/codegen": "packages/codegen",
  "@trading/server": "apps/server",
  "@trading/topic": "packages/topic",
  "@trading/topic-conformance": "packages/topic-conformance",
  "@trading/ws-client": "packages/ws-client",
  "@trading/ws-server": "packages/ws-server",
  "create-trading-app": "packages/create-trading-app",
};

/**
 * Writes the address of the repository into the package.json of all published packages. npm compares it with the provenance, which names
 * the repository of the workflow, and refuses a package that has another address or none.
 *
 * @param {string} root
 * @param {string} url such as https://github.com/owner/name
 */
export function nameRepository(root, url) {
  for (const directory of Object.values(PUBLISHED)) {
    const file = join(root, directory, "package.json");
    const repository = { type: "git", url: `git+${url}.git`, directory };
    const manifest = { ...JSON.parse(readFileSync(file, "utf8")), repository };
    writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
  }
}
