import { fileURLToPath } from "node:url";
import { build } from "vite";

/** A thread's program in TypeScript, as Node finds it after the build. */
const PROGRAM = /new Worker\(new URL\("(\.[^"]+)\.js", import\.meta\.url\)/g;

/**
 * A Vite plugin for tests of sources that start threads: Node cannot load a thread's program from TypeScript, so it is
 * bundled into a data: URL.
 *
 * @returns {import("vite").Plugin}
 */
export function nodeThreads() {
  return {
    name: "node-threads",
    enforce: "pre",
    async transform(code, id) {
      let changed = code;
      for (const [start, path] of code.matchAll(PROGRAM)) {
        const program = await bundle(fileURLToPath(new URL(`${path}.ts`, `file://${id}`)));
        const url = `data:text/javascript;base64,${Buffer.from(program).toString("base64")}`;
        changed = changed.replace(start, `new Worker(new URL(${JSON.stringify(url)})`);
      }
      return changed === code ? undefined : { code: changed, map: null };
    },
  };
}

/** @param {string} entry */
async function bundle(entry) {
  const result = await build({
    configFile: false,
    logLevel: "silent",
    ssr: { noExternal: true, resolve: { conditions: ["@trading/source"] } },
    build: { ssr: entry, write: false },
  });
  const { output } = /** @type {import("vite").Rolldown.RolldownOutput} */ (result);
  return output[0].code;
}
