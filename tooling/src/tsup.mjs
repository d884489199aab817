import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { defineConfig } from "tsup";

const run = promisify(execFile);
const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

/**
 * Returns the build configuration of a published package: ESM in `dist/esm`, CommonJS in `dist/cjs`, one output file per
 * source file.
 *
 * Files are not bundled, because `sideEffects: false` lets a bundler drop a whole unused module, but not an unused top-level
 * call inside a used one. So importing `buildTopicParams` from the main entry does not include zod. Declarations come from
 * tsc, because tsup writes no declaration maps. Each format has its own copy, so that TypeScript does not treat the
 * CommonJS build as ESM.
 */
export function publishedPackage(sources = ["src/**/*.ts", "src/**/*.tsx"]) {
  const shared = {
    entry: sources,
    bundle: false,
    sourcemap: true,
    target: "es2022",
    dts: false,
    clean: true,
    silent: true,
  };
  return defineConfig([
    {
      ...shared,
      format: "esm",
      outDir: "dist/esm",
      onSuccess: () => declare("dist/esm", "module"),
    },
    {
      ...shared,
      format: "cjs",
      outDir: "dist/cjs",
      outExtension: () => ({ js: ".js" }),
      onSuccess: () => declare("dist/cjs", "commonjs"),
    },
  ]);
}

/** @param {string} outDir @param {"module" | "commonjs"} type */
async function declare(outDir, type) {
  await mkdir(outDir, { recursive: true });
  await writeFile(`${outDir}/package.json`, `${JSON.stringify({ type, sideEffects: false })}\n`);
  try {
    await run(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", outDir]);
  } catch (error) {
    throw new Error(
      `tsc failed to write the declarations:\n${/** @type {{ stdout?: string }} */ (error).stdout ?? error}`,
    );
  }
}
