import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { STAMP, stampOf } from "../../src/install-stamp.mjs";
import { root } from "../../src/run.mjs";

/** What is made of the files, and need not be made again. */
const MADE = ["node_modules", "dist"];

/** What a command has come to. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A copy of this repository as it is, to be changed: installed and built as far as the original is, without its history.
 * Remove it at the end.
 */
export class Clone {
  readonly path = mkdtempSync(join(tmpdir(), "clone-"));

  constructor() {
    const options = { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 } as const;
    const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], options);
    const files = new Set(listed.split("\0").filter((file) => file !== "" && existsSync(join(root, file))));
    for (const file of files) cpSync(join(root, file), join(this.path, file), { verbatimSymlinks: true });
    for (const member of membersOf(files)) {
      // Links of its node_modules lead to packages of the copy.
      for (const made of MADE) copyFolder(`${member}/${made}`, this.path);
    }
    copyFolder(".turbo", this.path);
    linkInstalled(this.path);
  }

  /** Runs a command in it to its end. */
  run(command: string, args: readonly string[], { input = "", env = {} } = {}): Promise<Outcome> {
    return new Promise((resolve) => {
      const options = { cwd: this.path, env: this.#environment(env) };
      const child = execFile(command, args, options, (_error, stdout, stderr) =>
        resolve({ status: child.exitCode ?? -1, stdout, stderr }),
      );
      // Many end without having read it.
      child.stdin?.on("error", () => {}).end(input);
    });
  }

  /**
   * Starts a server, and awaits the address that it prints.
   *
   * @returns where it serves, and what stops it
   */
  async start(command: string, args: readonly string[], env: Record<string, string>) {
    const options = { cwd: this.path, env: this.#environment({ PORT: "0", ...env }) };
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
    const exited = once(child, "exit");
    const stop = async () => {
      child.kill("SIGTERM");
      await exited;
    };
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      const [http] = line.match(/http:\/\/[^\s/]+/) ?? [];
      if (http !== undefined) return { http, ws: `${http.replace("http", "ws")}/api/v1/ws`, stop };
    }
    throw new Error(`It ended without an address:\n${lines.join("\n")}`);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Without what a test runner sets for itself, and with the commands that are installed. */
  #environment(more: Record<string, string>): NodeJS.ProcessEnv {
    const { VITEST: _vitest, NODE_ENV: _mode, ...rest } = process.env;
    const PATH = `${join(this.path, "node_modules/.bin")}${delimiter}${process.env.PATH}`;
    return { ...rest, PATH, NO_COLOR: "1", ...more };
  }
}

function copyFolder(folder: string, to: string): void {
  const from = join(root, folder);
  if (existsSync(from)) cpSync(from, join(to, folder), { recursive: true, verbatimSymlinks: true });
}

/** Links each package by itself: whoever empties the copy's node_modules must not empty the original's. */
function linkInstalled(path: string): void {
  mkdirSync(join(path, "node_modules"));
  const installed = readdirSync(join(root, "node_modules")).filter((name) => !/^\.(?!bin$|pnpm$)/.test(name));
  for (const name of installed) symlinkSync(join(root, "node_modules", name), join(path, "node_modules", name));
  writeFileSync(join(path, STAMP), stampOf(path));
}

/** Folders of the workspace. */
function membersOf(files: ReadonlySet<string>): readonly string[] {
  return [...new Set(Array.from(files, dirname))].filter(
    (folder) => folder !== "." && files.has(`${folder}/package.json`),
  );
}
