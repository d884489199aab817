// `npm run check`: the static checks. With names, only these stages: `npm run check -- types sizes`.
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root, run, stopped } from "./src/run.mjs";

const PACKAGES = readdirSync(join(root, "packages")).map((name) => join("packages", name));

/** The folders whose imports are checked. */
const SOURCES = [...PACKAGES, "apps/server", "apps/terminal"].map((folder) => join(folder, "src"));

/**
 * TypeScript 7, which checks in a tenth of the time. It has no API that tools can use: those have TypeScript 5, and so do the programs
 * of tooling/acceptance that use the packed packages.
 */
const TSC = join(root, "tooling/node_modules/typescript7/bin/tsc");

/** @type {Record<string, () => Promise<number>>} */
const STAGES = {
  types: () =>
    all(
      [
        ...PACKAGES,
        "apps/server",
        "apps/terminal",
        "tooling",
        "tooling/acceptance",
        "tooling/chaos",
        "tooling/runtimes",
      ].map((at) => [process.execPath, [TSC, "-p", join(at, "tsconfig.json")]]),
    ),
  lint: () => run("biome", ["ci", "--error-on-warnings", "."]),
  "dead code": () => run("knip", ["--no-progress"]),
  packages: () =>
    all(
      PACKAGES.flatMap((at) => [
        ["publint", ["--strict", at]],
        ["attw", ["--pack", at, "--profile", "node16", "--format", "ascii", "--quiet"]],
      ]),
    ),
  sizes: () => run("size-limit", []),
  imports: () => run("depcruise", ["--config", ".dependency-cruiser.mjs", ...SOURCES]),
  dependencies: () => run(process.execPath, [join(root, "tooling/dependencies.mjs")]),
  prose: () => run(process.execPath, [join(root, "tooling/prose.mjs")]),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in STAGES));
if (unknown.length > 0) {
  console.error(`check: unknown stage ${unknown.join(", ")}. Stages: ${Object.keys(STAGES).join(", ")}.`);
  process.exit(1);
}

const lines = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(STAGES)) {
  const start = performance.now();
  console.log(`\n── ${name}`);
  const status = await STAGES[name]();
  lines.push(`${status === 0 ? "ok    " : "FAILED"} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  if (stopped.aborted) break;
  if (status !== 0) process.exitCode = 1;
}
console.log(`\n${lines.join("\n")}`);

/** Runs commands on all cores, and shows the output of those that fail. @param {[string, string[]][]} commands */
async function all(commands) {
  let worst = 0;
  const waiting = [...commands];
  const work = async () => {
    for (let next = waiting.shift(); next && !stopped.aborted; next = waiting.shift()) {
      const [command, args] = next;
      const status = await run(command, args, { quiet: true });
      if (status !== 0) console.error(`FAILED: ${command} ${args.join(" ")}`);
      worst = Math.max(worst, status);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return worst;
}
