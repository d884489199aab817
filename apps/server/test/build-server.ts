import { fileURLToPath } from "node:url";
import { build, type Options } from "tsup";
import server from "../tsup.config.js";
import thread from "../tsup.thread.config.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Builds the server as for production, but from the sources of all its packages: it does not depend on their builds, which
 * can be missing or stale.
 *
 * @returns its main file
 */
export async function buildServer(outDir: string): Promise<string> {
  const fromSources: Options = {
    config: false,
    outDir,
    // Third-party packages are loaded from node_modules, as in the published build.
    external: [/^(?!@trading\/)[a-z@]/],
    noExternal: [/^@trading\//],
    esbuildOptions(options) {
      options.conditions = ["@trading/source"];
    },
  };
  await build({ ...server, ...fromSources, entry: [`${root}src/main.ts`] });
  await build({ ...thread, ...fromSources, entry: [`${root}src/monitoring/monitoring-thread.ts`] });
  return `${outDir}/main.js`;
}
