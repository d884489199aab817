// `npm run check`: the static checks, on all cores. With names, only these stages: `npm run check -- types sizes`. The stage `workflows`
// runs only if it is named.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { root, run, stopped } from "./src/run.mjs";

const PACKAGES = readdirSync(join(root, "packages"))
  .map((name) => join("packages", name))
  // Not the package in Python.
  .filter((folder) => existsSync(join(root, folder, "package.json")));

/** The folders whose imports are checked. */
const SOURCES = [...PACKAGES, "apps/server", "apps/terminal"].map((folder) => join(folder, "src"));

/**
 * TypeScript 7, which checks in a tenth of the time. It has no API that tools can use: those have TypeScript 5, and so do the programs
 * of tooling/acceptance that use the packed packages. Each of its threads checks the types that they share again: as many processes as
 * cores, with one thread each, take half of the time.
 */
const TSC = join(root, "tooling/node_modules/typescript7/bin/tsc");

/** Has the packed packages. Not the packages' folders, because tests that run at the same time copy those. */
const ground = mkdtempSync(join(tmpdir(), "check-"));

/** @typedef {() => Promise<number>} Task runs a command, and resolves with its exit code */

/**
 * The tasks of each stage. They start in this order, those that take longest first, and each may run at the same time as any other.
 *
 * @type {Record<string, readonly Task[]>}
 */
const STAGES = {
  packages: PACKAGES.map((at) => () => checkPackage(at)),
  sizes: [command("size-limit")],
  "dead code": [command("knip", "--no-progress")],
  imports: [command("depcruise", "--config", ".dependency-cruiser.mjs", ...SOURCES)],
  types: [
    ...PACKAGES,
    "apps/server",
    "apps/terminal",
    "examples/next",
    "examples/vite",
    "tooling",
    "tooling/acceptance",
    "tooling/chaos",
    "tooling/runtimes",
  ].map(
    (at) => () => check(process.execPath, [TSC, "--singleThreaded", "-p", join(at, "tsconfig.json")], { quiet: true }),
  ),
  dependencies: [command(process.execPath, join(root, "tooling/dependencies.mjs"))],
  api: [command(process.execPath, join(root, "tooling/api-reports.mjs"), "--check")],
  lint: [command("biome", "ci", "--error-on-warnings", ".")],
  prose: [command(process.execPath, join(root, "tooling/prose.mjs"))],
  workflows: [command(process.execPath, join(root, "tooling/workflows.mjs"))],
};

/** The stages that run only if they are named. */
const ON_REQUEST = new Set(["workflows"]);

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in STAGES));
if (unknown.length > 0) {
  console.error(`check: unknown stage ${unknown.join(", ")}. Stages: ${Object.keys(STAGES).join(", ")}.`);
  process.exit(1);
}

const wanted = Object.entries(STAGES).filter(([name]) =>
  names.length === 0 ? !ON_REQUEST.has(name) : names.includes(name),
);
const stages = wanted.map(([name, tasks]) => ({ name, left: tasks.length, status: 0, seconds: 0 }));
const waiting = wanted.flatMap(([, tasks], index) => tasks.map((task) => ({ task, stage: stages[index] })));
try {
  await Promise.all(Array.from({ length: availableParallelism() }, work));
} finally {
  rmSync(ground, { recursive: true, force: true });
}
const lines = stages.map(
  ({ name, left, status, seconds }) =>
    `${left > 0 ? "NOT RUN" : status === 0 ? "ok     " : "FAILED "} ${name} (${seconds.toFixed(1)} s)`,
);
console.log(`\n${lines.join("\n")}`);
if (!stopped.aborted && stages.some(({ left, status }) => left > 0 || status !== 0)) process.exitCode = 1;

/** Runs the next tasks until none are left. */
async function work() {
  for (let next = waiting.shift(); next && !stopped.aborted; next = waiting.shift()) {
    const { task, stage } = next;
    const start = performance.now();
    const status = await task();
    stage.status = Math.max(stage.status, status);
    stage.seconds += (performance.now() - start) / 1_000;
    stage.left--;
  }
}

/** Returns a task whose output is printed in one piece when it ends. @param {string} name @param {string[]} args */
function command(name, ...args) {
  return () => check(name, args, { together: true });
}

/** Runs a command, and names it if it fails. @type {typeof run} */
async function check(name, args, options) {
  const status = await run(name, args, options);
  if (status !== 0) console.error(`FAILED: ${name} ${args.join(" ")}`);
  return status;
}

/** Packs a package as for its publication, and checks the tarball. @param {string} at its folder */
async function checkPackage(at) {
  const tarball = join(ground, `${at.replaceAll("/", "-")}.tgz`);
  const packed = await check("pnpm", ["pack", "--out", tarball], { cwd: join(root, at), quiet: true });
  if (packed !== 0) return packed;
  const linted = await check("publint", ["run", "--strict", tarball], { quiet: true });
  // A package that is only a command has no types.
  const { exports } = JSON.parse(readFileSync(join(root, at, "package.json"), "utf8"));
  if (exports === undefined) return linted;
  const typed = await check("attw", [tarball, "--profile", "node16", "--format", "ascii", "--quiet"], { quiet: true });
  return Math.max(linted, typed);
}
