import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../run.mjs";

const FOLDER = join(root, "tooling/lighthouse");

/**
 * Installs Lighthouse unless its version is installed, and loads it. It is outside of the workspace, because it has more packages than
 * everything else here, and only this command uses it.
 *
 * @returns {Promise<{ readonly lighthouse: any, readonly desktopConfig: any, readonly launch: (options: object) => Promise<{ readonly port: number, kill(): void }> }>}
 */
export async function loadLighthouse() {
  install();
  const require = createRequire(join(FOLDER, "package.json"));
  const load = (/** @type {string} */ name) => import(pathToFileURL(require.resolve(name)).href);
  const { default: lighthouse, desktopConfig } = await load("lighthouse");
  const { launch } = await load("chrome-launcher");
  return { lighthouse, desktopConfig, launch };
}

function install() {
  const installed = join(FOLDER, "node_modules/.package-lock.json");
  const wanted = versions(readFileSync(join(FOLDER, "package-lock.json"), "utf8"));
  if (existsSync(installed) && versions(readFileSync(installed, "utf8")) === wanted) return;
  console.error("Installing Lighthouse (once; 150 MB) …");
  const options = ["ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  const { status } = spawnSync("npm", options, { cwd: FOLDER, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error("npm ci failed in tooling/lighthouse; see its output above.");
}

/** Returns the versions of the packages in a lock file, as one text. @param {string} lock */
function versions(lock) {
  const packages = Object.entries(JSON.parse(lock).packages).filter(([path]) => path !== "");
  return packages
    .map(([path, { version }]) => `${path} ${version}`)
    .sort()
    .join("\n");
}
