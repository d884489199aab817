import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { lockFile } from "./lock-file.mjs";
import { root } from "./run.mjs";
import { findTool } from "./tools.mjs";

const CACHE = join(root, "node_modules/.cache/python");
const INSTALL_TIMEOUT_MS = 240_000;
const run = promisify(execFile);

/**
 * Returns the path of a Python with the packages of a requirements.txt, in a virtual environment that is created once per list
 * of packages. Returns undefined, and logs the reason in one line, if Python 3.11 or a package is not available.
 *
 * @param {string} requirements the path of the file
 * @returns {Promise<string | undefined>}
 * @throws {Error} instead of returning undefined, with `CI=true`
 */
export async function pythonEnvironment(requirements) {
  const python = findTool("python");
  if (python === undefined) return undefined;
  try {
    return await environment(python, requirements);
  } catch (error) {
    const { stderr } = /** @type {import("node:child_process").ExecFileException} */ (error);
    const reason = String(stderr || error)
      .trim()
      .split("\n")
      .at(-1);
    const message = `${requirements} cannot be installed (${reason}): its tests need Python 3.11 with venv, and a package index`;
    if (process.env.CI === "true") throw new Error(`${message}. With CI=true they are not skipped`);
    console.warn(`${message}; they are skipped`);
    return undefined;
  }
}

/** @param {string} python @param {string} requirements */
async function environment(python, requirements) {
  const { stdout: version } = await run(python, [
    "-c",
    'import sys; assert sys.version_info >= (3, 11), "Python " + sys.version.split()[0]; print(sys.version)',
  ]);
  const key = createHash("sha256").update(version).update(readFileSync(requirements)).digest("hex").slice(0, 16);
  const folder = join(CACHE, key);
  if (!existsSync(folder)) {
    mkdirSync(CACHE, { recursive: true });
    // Test files in several processes and threads start with the same packages. All but one wait, because an installation takes long.
    const unlock = await lockFile(`${folder}.lock`, () => existsSync(folder));
    if (unlock === undefined) return join(folder, "bin", "python");
    // Created in a temporary folder and moved when complete, so that an interrupted installation is never used.
    const temporaryFolder = mkdtempSync(`${folder}.`);
    try {
      const options = { timeout: INSTALL_TIMEOUT_MS };
      await run(python, ["-m", "venv", temporaryFolder], options);
      const install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "-r",
        requirements,
      ];
      await run(join(temporaryFolder, "bin", "python"), install, options);
      if (!existsSync(folder)) renameSync(temporaryFolder, folder);
    } finally {
      unlock();
      rmSync(temporaryFolder, { recursive: true, force: true });
    }
  }
  return join(folder, "bin", "python");
}
