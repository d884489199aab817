import { mkdir, mkdtemp } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Bundles a file of this package, with the workspace's sources in it, so that a process can run what is being tested
 * and not an older build.
 *
 * @returns the file to run, in a new folder below `reports`, which git ignores; the caller removes the folder
 */
export async function bundle(entry: string): Promise<{ readonly file: string; readonly folder: string }> {
  await mkdir(join(root, "reports"), { recursive: true });
  // Inside the package, so that the bundle finds the vectors as the package's own files do.
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
