import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

/** Imports of packages and of Node's modules. */
const PACKAGE = /^[@\w]/;
const WORKSPACE = /^@trading\//;
/** Libraries of hundreds of files each, which a worker loads slower than one bundle. */
const LARGE = /^(?:zod|fast-check|pure-rand)(?:\/|$)/;

/**
 * Bundles test files with the sources that they import, one of them mutated. A worker loads a bundle in a tenth of the time that it
 * takes to transform and load the files one by one.
 *
 * @param {string} entry the text of the module that imports the test files
 * @param {string} outfile
 * @param {{ readonly folder: string, readonly isolate: boolean, readonly mutated: { readonly file: string, readonly text: string } | undefined }} options
 *   `folder`: relative imports of the entry resolve from there. `isolate`: whether each bundle has a separate worker. Otherwise large libraries are left
 *   out, because a worker loads them once
 * @returns {Promise<string | undefined>} the first error, if the sources cannot be bundled
 */
export async function bundleTests(entry, outfile, { folder, isolate, mutated }) {
  const inlined = (/** @type {string} */ path) => WORKSPACE.test(path) || (isolate && LARGE.test(path));
  try {
    await build({
      stdin: { contents: entry, resolveDir: folder, loader: "ts" },
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      conditions: ["@trading/source"],
      // Tests compare the names of errors and classes.
      keepNames: true,
      logLevel: "silent",
      plugins: [externalPackages(inlined), ...(mutated === undefined ? [] : [replaces(mutated)])],
    });
    return undefined;
  } catch (error) {
    const [first] = /** @type {import("esbuild").BuildFailure} */ (error).errors ?? [];
    if (first === undefined) throw error;
    return first.text;
  }
}

/**
 * Imports packages from where they are installed for the importing file: the folder of the bundle may not have them.
 *
 * @param {(path: string) => boolean} isInlined
 * @returns {import("esbuild").Plugin}
 */
function externalPackages(isInlined) {
  const resolving = {};
  return {
    name: "external-packages",
    setup({ onResolve, resolve }) {
      onResolve({ filter: PACKAGE }, async ({ path, pluginData, kind, resolveDir, importer }) => {
        if (pluginData === resolving || isInlined(path)) return undefined;
        const resolved = await resolve(path, { kind, resolveDir, importer, pluginData: resolving });
        if (resolved.errors.length > 0 || resolved.external) return resolved;
        return { path: pathToFileURL(resolved.path).href, external: true };
      });
    },
  };
}

/** @param {{ readonly file: string, readonly text: string }} mutated @returns {import("esbuild").Plugin} */
function replaces({ file, text }) {
  const filter = new RegExp(`^${file.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`);
  const loader = /** @type {import("esbuild").Loader} */ (extname(file).slice(1).replace("mjs", "js"));
  return { name: "mutant", setup: ({ onLoad }) => onLoad({ filter }, () => ({ contents: text, loader })) };
}
