// Brings a fresh clone to where everything runs: dependencies, and with --build the packages and apps. Plain Node and
// npm only, because nothing else is there yet. Says nothing when there is nothing to do; needs no network the second time.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, stopped } from "./src/run.mjs";
import { STAMP, stampOf } from "./src/setup-stamp.mjs";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `Node ${process.versions.node} is too old: this project needs Node 20.19 or later. Install one and run this again.`,
  );
}

await install();
if (process.argv.includes("--build")) {
  await must("the build", process.execPath, [join(root, "tooling/build.mjs"), "--quiet"]);
}

async function install() {
  const stamp = join(root, STAMP);
  const wanted = stampOf(root);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log("Installing dependencies (once; about a minute on a cold cache) …");
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const options = ["--frozen-lockfile", "--prefer-offline", "--reporter=append-only"];
  await must("the install", "npx", ["--yes", packageManager, "install", ...options]);
  writeFileSync(stamp, wanted);
}

/** Runs a command whose failure ends the setup. */
async function must(what, command, args) {
  const status = await run(command, args).catch((error) => fail(`${what} could not start: ${error.message}`));
  if (stopped.aborted) process.exit();
  if (status !== 0) fail(`${what} failed; what it printed is above.`);
}

/** @returns {never} */
function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}
