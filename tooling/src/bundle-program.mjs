import { join } from "node:path";
import { build } from "tsup";

/**
 * Bundles a program for Node with everything that it imports, workspace packages from their sources. So a test can start it as a
 * process, does not depend on builds, and the process starts fast.
 *
 * @param {string} entry the program's main file
 * @param {string} outDir where the bundle is written: any folder
 * @returns {Promise<string>} the path of the bundle
 */
export async function bundleProgram(entry, outDir) {
  await build({
    config: false,
    entry: { program: entry },
    outDir,
    // Libraries that call `require` cannot be bundled as ESM.
    format: "cjs",
    outExtension: () => ({ js: ".cjs" }),
    platform: "node",
    target: "node20",
    noExternal: [/.*/],
    shims: true,
    splitting: false,
    silent: true,
    esbuildOptions(options) {
      options.conditions = ["@trading/source"];
    },
  });
  return join(outDir, "program.cjs");
}
