import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "../../../../tooling/src/python-environment.mjs";

/** The folder of the small legacy app that was recorded, and of its requirements.txt. */
export const LEGACY_FOLDER = fileURLToPath(new URL("../../../ws-server/test/legacy/", import.meta.url));

/** Returns the path of a Python with FastWS, or undefined if it is not available. @see pythonEnvironment */
export function fastwsPython(): Promise<string | undefined> {
  return pythonEnvironment(join(LEGACY_FOLDER, "requirements.txt"));
}
