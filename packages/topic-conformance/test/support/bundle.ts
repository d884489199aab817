import { mkdir, mkdtemp } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Bundles a file of this package with the sources of the workspace, so that a child process runs the current sources
 * instead of an older build.
 *
 * @returns the bundled file, and its folder in `reports` (ignored by git), which the caller must remove
 */
export async function bundle(entry: string): Promise<{ readonly file: string; readonly folder: string }> {
  await mkdir(join(root, "reports"), { recursive: true });
  // The folder is inside the package, so that the bundle finds the vectors.
  const folder = await mkdtemp(join(root, "reports", "bundle-"));
  await build({
    root,
    configFile: false,
    logLevel: "silent",
    ssr: { noExternal: [/^@trading\//], resolve: { conditions: ["@trading/source"] } },
    build: { ssr: join(root, entry), outDir: folder, rollupOptions: { output: { entryFileNames: "[name].mjs" } } },
  });
  return { file: join(folder, basename(entry).replace(/\.\w+$/, ".mjs")), folder };
}
