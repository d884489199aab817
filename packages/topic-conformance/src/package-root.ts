import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The absolute path of this package, in which `vectors`, `harnesses`, `docs` and `python` lie. */
export const packageRoot = findRoot(
  // CommonJS has __dirname and no import.meta.url, ESM the reverse; both formats are built from this file.
  typeof __dirname === "string" ? __dirname : dirname(fileURLToPath(import.meta.url)),
);

/** This file runs from `src`, `dist/esm` and `dist/cjs`, which lie at different depths. */
function findRoot(folder: string): string {
  if (existsSync(join(folder, "vectors", "manifest.json"))) return folder;
  const parent = dirname(folder);
  if (parent === folder)
    throw new Error("the vectors of @trading/topic-conformance are not there: reinstall the package");
  return findRoot(parent);
}
