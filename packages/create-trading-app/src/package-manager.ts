import { spawn } from "node:child_process";

const KNOWN = ["npm", "pnpm", "yarn", "bun"] as const;

export type PackageManager = (typeof KNOWN)[number];

/**
 * Returns the package manager that runs this program, so that the app is installed with the same one.
 *
 * @param agent the variable `npm_config_user_agent`, such as `pnpm/10.0.0 npm/? node/v22.0.0`
 */
export function packageManagerOf(agent = ""): PackageManager {
  return KNOWN.find((name) => agent.startsWith(`${name}/`)) ?? "npm";
}

/**
 * Installs the dependencies of a folder, with the output passed through.
 *
 * @returns the exit code
 * @throws the error with which the package manager could not start
 */
export function install(manager: PackageManager, folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    // On Windows package managers are scripts, which only a shell can run. The arguments are constant.
    const child = spawn(manager, ["install"], { cwd: folder, stdio: "inherit", shell: process.platform === "win32" });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}
