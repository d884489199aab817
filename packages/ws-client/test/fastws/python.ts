import { type ExecFileException, execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findTool } from "@trading/tooling/tools";

/** The origin in small, and the packages it was recorded with. */
export const ORIGIN = fileURLToPath(new URL("../../../ws-server/test/legacy/", import.meta.url));

const CACHE = fileURLToPath(new URL("../../../../node_modules/.cache/fastws/", import.meta.url));
const PATIENCE_MS = 240_000;
const run = promisify(execFile);

/**
 * A Python that has FastWS: of a virtual environment that is made once for each list of packages. Undefined where there is
 * no Python 3.11 or its packages cannot be had, which is said in one line.
 *
 * @throws Error instead, with `CI=true`
 */
export async function fastwsPython(): Promise<string | undefined> {
  const python = findTool("python");
  if (python === undefined) return undefined;
  try {
    return await environment(python);
  } catch (error) {
    const why = String((error as ExecFileException).stderr || error)
      .trim()
      .split("\n")
      .at(-1);
    const said = `FastWS cannot be had (${why}): its tests need Python 3.11 with venv, and a package index`;
    if (process.env.CI === "true") throw new Error(`${said}. CI skips no suite`);
    console.warn(`${said}; they are skipped`);
    return undefined;
  }
}

async function environment(python: string): Promise<string> {
  const requirements = join(ORIGIN, "requirements.txt");
  const { stdout: version } = await run(python, [
    "-c",
    'import sys; assert sys.version_info >= (3, 11), "Python " + sys.version.split()[0]; print(sys.version)',
  ]);
  const key = createHash("sha256").update(version).update(readFileSync(requirements)).digest("hex").slice(0, 16);
  const made = join(CACHE, key);
  if (!existsSync(made)) {
    // Made elsewhere and moved when complete, so that one that was broken off is never taken for whole.
    const making = `${made}.${process.pid}`;
    mkdirSync(CACHE, { recursive: true });
    try {
      const options = { timeout: PATIENCE_MS };
      await run(python, ["-m", "venv", making], options);
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
      await run(join(making, "bin", "python"), install, options);
      if (!existsSync(made)) renameSync(making, made);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  }
  return join(made, "bin", "python");
}
