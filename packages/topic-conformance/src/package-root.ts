import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The absolute path of this package, which contains `vectors`, `harnesses`, `docs` and `python`. */
export const packageRoot = findRoot(
  // This file is built as both CommonJS and ESM. Only CommonJS has __dirname, only ESM has import.meta.url.
  typeof __dirname === "string" ? __dirname : dirname(fileURLToPath(import.meta.url)),
);

/** Searches upwards, because this file runs from `src`, `dist/esm` and `dist/cjs`, at different depths. */
function findRoot(folder: string): string {
  if (existsSync(join(folder, "vectors", "manifest.json"))) return folder;
  const parent = dirname(folder);
  if (parent === folder)
    throw new Error("cannot find the vectors of @trading/topic-conformance: reinstall the package");
  return findRoot(parent);
}

/** Returns the version of this package. */
export function packageVersion(): string {
  return JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")).version;
}
