import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { defineConfig } from "tsup";
import { withNumbers } from "./texts/find-texts.mjs";
import { numbersOf, readSentences } from "./texts/text-numbers.mjs";

const run = promisify(execFile);
/** TypeScript 7, which writes the same declarations in a tenth of the time. */
const tsc = fileURLToPath(new URL("../node_modules/typescript7/bin/tsc", import.meta.url));

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
  return defineConfig([...formats(sources)]);
}

/**
 * Returns the configuration of a published package that has a further build in `dist/production`: without the sentences of its
 * error messages, and with short names for members that only its own files use. It is ESM only, since it is for bundlers.
 *
 * @param {readonly string[]} internalNames names of members. Every property with such a name is renamed
 */
export function packageWithProductionBuild(internalNames) {
  const [esm, cjs] = formats(["src/**/*.ts", "src/**/*.tsx"]);
  return defineConfig([
    esm,
    cjs,
    {
      ...esm,
      outDir: "dist/production",
      define: { "process.env.NODE_ENV": '"production"' },
      esbuildPlugins: [numberedTexts],
      esbuildOptions(options) {
        options.mangleProps = new RegExp(`^(${internalNames.join("|")})$`);
      },
      onSuccess: () => describe("dist/production", "module"),
    },
  ]);
}

/** Replaces the messages of errors by their numbers, and modules by those for production next to them. @type {NonNullable<import("tsup").Options["esbuildPlugins"]>[number]} */
const numberedTexts = {
  name: "numbered texts",
  setup({ onLoad }) {
    const numbers = numbersOf(readSentences("."));
    /** @param {string} path */
    const variantOf = (path) => {
      const variant = path.replace(/\.ts$/, ".production.ts");
      return existsSync(variant) ? variant : path;
    };
    onLoad({ filter: /\.tsx?$/ }, async ({ path }) => ({
      contents: withNumbers(await readFile(variantOf(path), "utf8"), numbers),
      loader: path.endsWith("x") ? "tsx" : "ts",
    }));
  },
};

/** @param {string[]} sources */
function formats(sources) {
  const shared = {
    entry: [...sources, "!src/**/*.production.ts"],
    bundle: false,
    sourcemap: true,
    target: "es2022",
    dts: false,
    clean: true,
    silent: true,
  };
  return /** @type {const} */ ([
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
  await describe(outDir, type);
  try {
    await run(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", outDir]);
  } catch (error) {
    throw new Error(
      `tsc failed to write the declarations:\n${/** @type {{ stdout?: string }} */ (error).stdout ?? error}`,
    );
  }
}

/** Writes the package.json of a format. @param {string} outDir @param {"module" | "commonjs"} type */
async function describe(outDir, type) {
  await mkdir(outDir, { recursive: true });
  await writeFile(`${outDir}/package.json`, `${JSON.stringify({ type, sideEffects: false })}\n`);
}
