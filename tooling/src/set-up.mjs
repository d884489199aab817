import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { STAMP, stampOf } from "./install-stamp.mjs";
import { root, run, stopped } from "./run.mjs";

/**
 * Installs the dependencies of a fresh clone, and builds the packages and apps. Prints nothing and needs no network when
 * everything is up to date. Uses only Node and npm, because nothing else may be installed. Exits when a step fails.
 *
 * @param {{ build: boolean }} options
 */
export async function setUp({ build }) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`Node ${process.versions.node} is too old. Install Node 20.19 or later, and run this again.`);
  }
  await install();
  if (build) await runStep("The build", process.execPath, [join(root, "tooling/build.mjs"), "--quiet"]);
}

async function install() {
  const stamp = join(root, STAMP);
  const wanted = stampOf(root);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log("Installing dependencies (once; about a minute with an empty cache) …");
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const options = ["--frozen-lockfile", "--prefer-offline", "--reporter=append-only"];
  await runStep("The installation", "npx", ["--yes", packageManager, "install", ...options]);
  writeFileSync(stamp, wanted);
}

/** @param {string} name @param {string} command @param {readonly string[]} args */
async function runStep(name, command, args) {
  const status = await run(command, args).catch((error) => fail(`${name} could not start: ${error.message}`));
  if (stopped.aborted) process.exit();
  if (status !== 0) fail(`${name} failed. See its output above.`);
}

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}
