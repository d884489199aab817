import { fileURLToPath } from "node:url";
import { build, type Options } from "tsup";
import server from "../tsup.config.js";
import thread from "../tsup.thread.config.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** All packages but those with native code, threads, or files that they read at run time. */
const BUNDLED =
  /^(?!(?:libsql|pino|pg-native|@fastify\/(?:static|swagger-ui)|@opentelemetry|@asyncapi|@observablehq)(?:\/|$))/;

/** For packages in CommonJS that become part of an ES module. */
const COMMONJS = `import { createRequire as createRequireOfBundle } from "node:module";
import { dirname as dirnameOfBundle } from "node:path";
import { fileURLToPath as pathOfBundle } from "node:url";
const require = createRequireOfBundle(import.meta.url);
const __filename = pathOfBundle(import.meta.url);
const __dirname = dirnameOfBundle(__filename);`;

/**
 * Builds the server as for production, but from the sources of all its packages: it does not depend on their builds, which
 * can be missing or stale.
 *
 * @param options `bundlesPackages`: whether third-party packages become part of the bundle, rather than loaded from node_modules as in
 *   the published build. A start then takes three quarters of the processor time, for tests that start many servers. @default false
 * @returns its main file
 */
export async function buildServer(outDir: string, { bundlesPackages = false } = {}): Promise<string> {
  const fromSources: Options = {
    config: false,
    outDir,
    external: [/^(?!@trading\/)[a-z@]/],
    noExternal: [/^@trading\//],
    esbuildOptions(options) {
      options.conditions = ["@trading/source"];
    },
  };
  const bundled: Options = { noExternal: [BUNDLED], external: [/./], banner: { js: COMMONJS }, sourcemap: false };
  await build({ ...server, ...fromSources, ...(bundlesPackages && bundled), entry: [`${root}src/main.ts`] });
  await build({ ...thread, ...fromSources, entry: [`${root}src/monitoring/monitoring-thread.ts`] });
  return `${outDir}/main.js`;
}
