import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installLockedPackages } from "../locked-packages.mjs";
import { root } from "../run.mjs";

const FOLDER = join(root, "tooling/lighthouse");

/**
 * A load of a page: what Lighthouse has found, and the same as HTML.
 *
 * @typedef {{ readonly lhr: import("./scores.mjs").Report & { readonly runtimeError?: { readonly message: string } }, readonly report: string }} Load
 */

/**
 * The part of Lighthouse that is used. Its own types are only there once it is installed.
 *
 * @typedef {object} Lighthouse
 * @property {(url: string, flags: object, config: unknown) => Promise<Load>} lighthouse
 * @property {unknown} desktopConfig
 * @property {(options: object) => Promise<{ readonly port: number, kill(): void }>} launch starts Chromium
 */

/**
 * Installs Lighthouse unless its version is installed, and loads it. It is outside of the workspace, because it has more packages than
 * everything else here, and only this command uses it.
 *
 * @returns {Promise<Lighthouse>}
 */
export async function loadLighthouse() {
  installLockedPackages(FOLDER, "Installing Lighthouse (once; 150 MB) …");
  const require = createRequire(join(FOLDER, "package.json"));
  const load = (/** @type {string} */ name) => import(pathToFileURL(require.resolve(name)).href);
  const { default: lighthouse, desktopConfig } = await load("lighthouse");
  const { launch } = await load("chrome-launcher");
  return { lighthouse, desktopConfig, launch };
}
