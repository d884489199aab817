import { type ExecFileException, execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findTool } from "@trading/tooling/tools";

/** The folder of the small legacy app that was recorded, and of its requirements.txt. */
export const LEGACY_FOLDER = fileURLToPath(new URL("../../../ws-server/test/legacy/", import.meta.url));

const CACHE = fileURLToPath(new URL("../../../../node_modules/.cache/fastws/", import.meta.url));
const INSTALL_TIMEOUT_MS = 240_000;
const run = promisify(execFile);

/**
 * Returns the path of a Python with FastWS, in a virtual environment that is created once per list of packages. Returns
 * undefined, and logs the reason in one line, if Python 3.11 or a package is not available.
 *
 * @throws Error instead of returning undefined, with `CI=true`
 */
export async function fastwsPython(): Promise<string | undefined> {
  const python = findTool("python");
  if (python === undefined) return undefined;
  try {
    return await environment(python);
  } catch (error) {
    const reason = String((error as ExecFileException).stderr || error)
      .trim()
      .split("\n")
      .at(-1);
    const message = `FastWS is not available (${reason}): its tests need Python 3.11 with venv, and a package index`;
    if (process.env.CI === "true") throw new Error(`${message}. With CI=true they are not skipped`);
    console.warn(`${message}; they are skipped`);
    return undefined;
  }
}

async function environment(python: string): Promise<string> {
  const requirements = join(LEGACY_FOLDER, "requirements.txt");
  const { stdout: version } = await run(python, [
    "-c",
    'import sys; assert sys.version_info >= (3, 11), "Python " + sys.version.split()[0]; print(sys.version)',
  ]);
  const key = createHash("sha256").update(version).update(readFileSync(requirements)).digest("hex").slice(0, 16);
  const folder = join(CACHE, key);
  if (!existsSync(folder)) {
    // Created in a temporary folder and moved when complete, so that an interrupted installation is never used.
    const temporaryFolder = `${folder}.${process.pid}`;
    mkdirSync(CACHE, { recursive: true });
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
      rmSync(temporaryFolder, { recursive: true, force: true });
    }
  }
  return join(folder, "bin", "python");
}
