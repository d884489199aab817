import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { STAMP, stampOf } from "../../src/install-stamp.mjs";
import { root } from "../../src/run.mjs";

/** Generated folders, which are copied instead of generated again. */
const MADE = ["node_modules", "dist"];

/** The result of a command. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A copy of this repository that a test can change, without its history. It is installed and built as far as the original
 * is. Call `remove` at the end.
 */
export class Clone {
  readonly path = mkdtempSync(join(tmpdir(), "clone-"));
  /** The running servers. */
  readonly #servers = new Set<ChildProcess>();

  constructor() {
    const options = { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 } as const;
    const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], options);
    const files = new Set(listed.split("\0").filter((file) => file !== "" && existsSync(join(root, file))));
    for (const file of files) cpSync(join(root, file), join(this.path, file), { verbatimSymlinks: true });
    for (const member of membersOf(files)) {
      // The links in its node_modules point to packages of the copy.
      for (const made of MADE) copyFolder(`${member}/${made}`, this.path);
    }
    copyFolder(".turbo", this.path);
    linkInstalled(this.path);
  }

  /** Runs a command in the copy, and resolves when it exits. */
  run(command: string, args: readonly string[], { input = "", env = {} } = {}): Promise<Outcome> {
    return new Promise((resolve) => {
      const options = { cwd: this.path, env: this.#environment(env) };
      const child = execFile(command, args, options, (_error, stdout, stderr) =>
        resolve({ status: child.exitCode ?? -1, stdout, stderr }),
      );
      // Many commands exit without reading their input.
      child.stdin?.on("error", () => {}).end(input);
    });
  }

  /** Checks the types of a project of the copy. @param project the path of its tsconfig.json */
  checkTypes(project: string): Promise<Outcome> {
    return this.run(process.execPath, ["tooling/node_modules/typescript7/bin/tsc", "--singleThreaded", "-p", project]);
  }

  /**
   * Starts a server, and waits for the address that it prints.
   *
   * @returns its addresses, and a function that stops it
   */
  async start(command: string, args: readonly string[], env: Record<string, string>) {
    const options = { cwd: this.path, env: this.#environment({ PORT: "0", LOG_FORMAT: "text", ...env }) };
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
    this.#servers.add(child);
    const exited = once(child, "exit").then(() => this.#servers.delete(child));
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
    throw new Error(`The server exited without printing an address:\n${lines.join("\n")}`);
  }

  /** Ends the servers that a failed test has left, and removes the copy. */
  remove(): void {
    for (const server of this.#servers) server.kill("SIGKILL");
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Returns the environment without the variables of the test runner, and with the installed commands in PATH. */
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

/** Links each package separately, so that emptying the copy's node_modules does not empty the original's. */
function linkInstalled(path: string): void {
  mkdirSync(join(path, "node_modules"));
  const installed = readdirSync(join(root, "node_modules")).filter((name) => !/^\.(?!bin$|pnpm$)/.test(name));
  for (const name of installed) symlinkSync(join(root, "node_modules", name), join(path, "node_modules", name));
  writeFileSync(join(path, STAMP), stampOf(path));
}

/** Returns the folders of the workspace. */
function membersOf(files: ReadonlySet<string>): readonly string[] {
  return [...new Set(Array.from(files, dirname))].filter(
    (folder) => folder !== "." && files.has(`${folder}/package.json`),
  );
}
