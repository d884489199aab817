import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * An entry of a package that users import.
 *
 * @typedef {object} Entry
 * @property {string} name such as `@trading/ws-client/react`
 * @property {string} folder the package's, relative to the root
 * @property {string} source the file that the entry is built from, relative to the root
 * @property {string} types the built declarations, relative to the root
 * @property {string} code the built code, which bundlers of applications use, relative to the root
 * @property {string} report the API report, relative to the root
 */

/** Returns the public entries of all packages. @param {string} root the repository @returns {Entry[]} */
export function publicEntries(root) {
  const folders = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
  return folders
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .flatMap((folder) => {
      const { name, exports = {} } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      return Object.entries(exports).flatMap(([path, conditions]) => {
        // Not ./package.json.
        if (typeof conditions === "string") return [];
        const { types, production, default: normal } = conditions.import;
        return {
          name: name + path.slice(1),
          folder,
          source: join(folder, conditions["@trading/source"] ?? ""),
          types: join(folder, types),
          code: join(folder, production ?? normal),
          report: `${folder}/etc/${path === "." ? "index" : path.slice(2)}.api.md`,
        };
      });
    });
}
