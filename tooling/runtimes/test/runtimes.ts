import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A program that runs JavaScript, and its arguments before the file name. */
export type Command = readonly [program: string, ...args: string[]];

const BINARIES = fileURLToPath(new URL("../binaries/", import.meta.url));
const CACHE = fileURLToPath(new URL("../../../node_modules/.cache/runtimes/", import.meta.url));
const PATIENCE_MS = 240_000;
const { platform, arch } = process;
const bunArch = arch === "arm64" ? "aarch64" : arch;
const glibc = platform === "linux" ? "-glibc" : "";

/** The package that contains a runtime for this computer, and its arguments. Deno gets only the permissions listed here. */
const INSTALLED = {
  "Node 22": { from: `node-22-${platform}-${arch}`, file: "bin/node", args: [] },
  "Node 24": { from: `node-${platform}-${arch}`, file: "bin/node", args: [] },
  Bun: { from: `@oven/bun-${platform}-${bunArch}`, file: "bin/bun", args: ["--no-install"] },
  Deno: {
    from: `@deno/${platform}-${arch}${glibc}`,
    file: "deno",
    args: [
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-net=127.0.0.1",
      "--allow-env=WS_NO_BUFFER_UTIL,WS_NO_UTF_8_VALIDATE",
    ],
  },
} as const;

export type Runtime = "Node 20" | keyof typeof INSTALLED;

/**
 * Returns the command that runs a file in a runtime. Undefined if the runtime is not available, with one line of output.
 *
 * @throws Error if the runtime is not available and `CI=true`
 */
export async function commandOf(runtime: Runtime): Promise<Command | undefined> {
  try {
    return runtime === "Node 20" ? thisNode() : await installed(runtime);
  } catch (error) {
    const problem = `${runtime} is not available: ${(error as Error).message.trim().split("\n").at(-1)}`;
    if (process.env.CI === "true") throw new Error(`${problem}. CI must run every suite`);
    console.warn(`${problem}; its tests are skipped`);
    return undefined;
  }
}

function thisNode(): Command {
  if (process.versions.node.startsWith("20.")) return [process.execPath];
  throw new Error(`these tests run on Node ${process.versions.node}`);
}

async function installed(runtime: keyof typeof INSTALLED): Promise<Command> {
  const { from, file, args } = INSTALLED[runtime];
  const program = join(await install(), "node_modules", from, file);
  if (!existsSync(program)) throw new Error(`tooling/runtimes/binaries/package.json lists no ${from}`);
  return [program, ...args];
}

let folder: Promise<string> | undefined;

/** Installs the runtimes once per lockfile, and returns the folder. Only these tests need the 190 MB download. */
export function install(): Promise<string> {
  folder ??= (async () => {
    const lockfile = readFileSync(join(BINARIES, "package-lock.json"), "utf8");
    const key = createHash("sha256").update(`${platform} ${arch} ${lockfile}`).digest("hex").slice(0, 16);
    const made = join(CACHE, key);
    if (existsSync(made)) return made;
    // Installed elsewhere and then renamed, so that an aborted installation is never used.
    const making = `${made}.${process.pid}`;
    try {
      cpSync(BINARIES, making, { recursive: true });
      const options = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
      await promisify(execFile)("npm", ["ci", ...options], { cwd: making, timeout: PATIENCE_MS });
      // npm treats packages for specific platforms as optional, and ignores failed downloads of them.
      const { packages } = JSON.parse(lockfile);
      const missing = Object.values(INSTALLED)
        .map(({ from }) => `node_modules/${from}`)
        .filter((path) => path in packages && !existsSync(join(making, path)));
      if (missing.length > 0) throw new Error(`npm could not fetch ${missing.join(", ")}`);
      if (!existsSync(made)) renameSync(making, made);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
    return made;
  })();
  return folder;
}
