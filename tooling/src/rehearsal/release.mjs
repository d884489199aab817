import { cpSync, readFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "../run.mjs";

/** The paths that a release reads or changes. They are copied from the work tree, with the files that were built. */
const COPIED = [".changeset", "apps", "examples", "packages", "tooling/src", "package.json", "pnpm-lock.yaml"];

/** Folders that a release does not read. */
const LEFT_OUT = new Set([".cache", ".next", ".turbo", "data", "reports"]);

/**
 * Does in a copy of the repository what the release workflow does: raises the versions by the changesets, writes the templates with
 * them, and publishes all packages.
 *
 * @param {import("./processes.mjs").Processes} processes
 * @param {string} to a folder that does not exist
 * @returns {Promise<string>} the version of the apps' packages
 */
export async function release(processes, to) {
  // A clone, because changelogs name the commit of each changeset.
  await processes.run("git", ["clone", "--quiet", "--shared", root, to]);
  const filter = (/** @type {string} */ path) => !LEFT_OUT.has(basename(path));
  for (const path of COPIED) {
    // The dependencies of packages are relative links: to packages of the copy, and to the folder of all others, which is linked.
    cpSync(join(root, path), join(to, path), { recursive: true, verbatimSymlinks: true, force: true, filter });
  }
  symlinkSync(join(root, "node_modules"), join(to, "node_modules"));
  await processes.run("npm", ["run", "version"], { cwd: to });
  await processes.run("node", ["packages/create-trading-app/scripts/write-templates.mjs"], { cwd: to });
  await processes.run("npm", ["run", "release", "--", "--no-git-tag"], { cwd: to });
  return versionIn(join(to, "packages/ws-client"));
}

/** Returns the version of the package in a folder. @param {string} folder @returns {string} */
export function versionIn(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
}
