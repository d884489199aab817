import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { buildServer } from "./build-server.js";

/** The directory of the server's package. */
export const root = fileURLToPath(new URL("..", import.meta.url));
/** The directory of the build for this test file. */
export const outDir = fileURLToPath(new URL(`../node_modules/.cache/server-test-${process.pid}`, import.meta.url));

/** Builds the server before the tests of a file. */
export function useBuiltServer(): void {
  beforeAll(async () => void (await buildServer(outDir)));
  afterAll(() => rmSync(outDir, { recursive: true, force: true }));
}

/** A server as a process. */
export interface Run {
  readonly child: ChildProcess;
  /** Everything that was printed so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  readonly exited: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Waits until a text is printed. Returns everything that was printed there until then. @param to default: stdout */
  printed(text: string, to?: "stdout" | "stderr"): Promise<string>;
}

/** Starts the built server. */
export function run(env: Record<string, string>, ...args: string[]): Run {
  return runAs([process.execPath, `${outDir}/main.js`, ...args], env);
}

/** Starts a program with the environment of a server. */
export function runAs([program = "", ...args]: readonly string[], env: Record<string, string>): Run {
  // A killed server leaves the socket for its workers there.
  const TMPDIR = mkdtempSync(join(tmpdir(), "server-"));
  const child = spawn(program, args, {
    // The datafeed needs neither authentication nor a data directory.
    env: { ENABLED_MODULES: "datafeed", LOG_FORMAT: "text", LOG_LEVEL: "warn", TMPDIR, ...env },
    cwd: root,
  });
  const ended = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(TMPDIR, { recursive: true, force: true });
  });
  const output = { stdout: "", stderr: "" };
  let wake = () => {};
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      wake();
    });
  }
  const exited = once(child, "close").then(([code]) => {
    wake();
    return { code: code as number | null, ...output };
  });
  const printed = async (text: string, to: "stdout" | "stderr" = "stdout") => {
    while (!output[to].includes(text)) {
      if (child.exitCode !== null) throw new Error(`exited with ${child.exitCode}: ${output.stderr}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return output[to];
  };
  return { child, output, exited, printed };
}

/** Returns the port in a printed banner. */
export const portOf = (printed: string) => /ws:\/\/localhost:(\d+)\//.exec(printed)?.[1];
