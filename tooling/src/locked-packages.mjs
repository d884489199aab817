import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./run.mjs";

/**
 * Installs the packages of a folder outside of the workspace that has a lock file, unless these versions are installed.
 *
 * @param {string} folder @param {string} message written to stderr if they are installed: what, and how much it is
 * @throws {Error} if npm fails
 */
export function installLockedPackages(folder, message) {
  const installed = join(folder, "node_modules/.package-lock.json");
  const wanted = readFileSync(join(folder, "package-lock.json"), "utf8");
  if (existsSync(installed) && sameVersions(wanted, readFileSync(installed, "utf8"))) return;
  console.error(message);
  const options = ["ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  const { status } = spawnSync("npm", options, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`npm ci failed in ${relative(root, folder)}; see its output above.`);
}

/** Compares two lock files by package versions. @param {string} wanted @param {string} installed */
function sameVersions(wanted, installed) {
  const packages = JSON.parse(installed).packages;
  return Object.entries(JSON.parse(wanted).packages).every(
    ([path, { version }]) => path === "" || packages[path]?.version === version,
  );
}
