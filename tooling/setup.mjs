// Brings a fresh clone to where everything runs: dependencies, and with --build the packages and apps. Plain Node and
// npm only, because nothing else is there yet. Says nothing when there is nothing to do; needs no network the second time.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `Node ${process.versions.node} is too old: this project needs Node 20.19 or later. Install one and run this again.`,
  );
}

install();
if (process.argv.includes("--build")) {
  run(process.execPath, [join(root, "tooling/build.mjs"), "--quiet"], "the build");
}

function install() {
  // The stamp holds what the installed tree was made from, so that an unchanged tree costs no package manager at all.
  const stamp = join(root, "node_modules/.setup-stamp");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "pnpm-lock.yaml")))
    .update(process.version)
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log("Installing dependencies (once; about a minute on a cold cache) …");
  run(
    "npx",
    ["--yes", manifest.packageManager, "install", "--frozen-lockfile", "--prefer-offline", "--reporter=append-only"],
    "the install",
  );
  writeFileSync(stamp, wanted);
}

function run(command, args, what) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" },
  });
  if (error) fail(`${what} could not start: ${error.message}`);
  if (status !== 0) fail(`${what} failed; what it printed is above.`);
}

function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}
