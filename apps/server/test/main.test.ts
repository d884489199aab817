import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsup";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import config from "../tsup.config.js";
import { AAPL_CSV, Client } from "./helpers.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const outDir = fileURLToPath(new URL(`../node_modules/.cache/main-test-${process.pid}`, import.meta.url));

// The server's build configuration, but with the sources of the workspace packages bundled: it does not depend on their
// builds, which can be missing or stale.
beforeAll(async () => {
  const esbuildOptions = (options: { conditions?: string[] }) => {
    options.conditions = ["@trading/source"];
  };
  // Third-party packages are loaded from node_modules, as in the published build.
  const external = [/^(?!@trading\/)[a-z@]/];
  const noExternal = [/^@trading\//];
  await build({
    ...config,
    config: false,
    entry: [`${root}src/main.ts`],
    outDir,
    external,
    noExternal,
    esbuildOptions,
  });
});
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  readonly exited: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Waits until a text is printed. Returns everything that was printed until then. */
  printed(text: string): Promise<string>;
}

function run(env: Record<string, string>, ...args: string[]): Run {
  const child = spawn(process.execPath, [`${outDir}/main.js`, ...args], {
    // The datafeed needs neither authentication nor a data directory.
    env: { ENABLED_MODULES: "datafeed", ...env },
    cwd: root,
  });
  onTestFinished(() => void child.kill("SIGKILL"));
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
  const printed = async (text: string) => {
    while (!output.stdout.includes(text)) {
      if (child.exitCode !== null) throw new Error(`exited with ${child.exitCode}: ${output.stderr}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return output.stdout;
  };
  return { child, exited, printed };
}

const portOf = (printed: string) => /ws:\/\/localhost:(\d+)\//.exec(printed)?.[1];

describe("the server as a process", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("prints its addresses, streams, and exits with 0 on %s", async (signal) => {
    const { child, exited, printed } = run({ PORT: "0", SIMULATED_SEED: "s" });
    const stdout = await printed("datafeed");
    const port = portOf(stdout);
    expect(stdout).toContain(`page      http://localhost:${port}/\n`);
    expect(stdout).toContain(`socket    ws://localhost:${port}/api/v1/ws\n`);
    expect(stdout).toContain('example   {"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"1"}}\n');
    expect(stdout).toContain('datafeed  simulated, seed "s"');

    const client = await Client.connect(`ws://127.0.0.1:${port}/api/v1/ws`);
    client.send("bars.subscribe", { symbol: "AAPL", resolution: "1" });
    expect((await client.next()).payload.topic).toBe('bars:{"resolution":"1","symbol":"AAPL"}');
    expect((await client.next()).type).toBe("bars.update");
    const closed = once(client.socket, "close");
    child.kill(signal);
    expect((await closed)[0]).toBe(1012);
    expect(await exited).toMatchObject({ code: 0, stderr: "" });
  });

  test("drains connections for DRAIN_MS after SIGTERM, while /readyz replies 503", async () => {
    const { child, printed } = run({ PORT: "0", METRICS_PORT: "0", DRAIN_MS: "600000" });
    const stdout = await printed("datafeed  ");
    const metrics = /metrics {3}http:\/\/localhost:(\d+)\/metrics/.exec(await printed("metrics  "))?.[1];
    const ready = async () => (await fetch(`http://127.0.0.1:${metrics}/readyz`)).status;
    expect(await ready()).toBe(200);
    expect(await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()).toContain("process_cpu_seconds_total");
    await Client.connect(`ws://127.0.0.1:${portOf(stdout)}/api/v1/ws`);
    await Client.connect(`ws://127.0.0.1:${portOf(stdout)}/api/v1/ws`);
    child.kill("SIGTERM");
    while ((await ready()) !== 503);
    expect(child.exitCode).toBeNull();
  });

  test("stops both listeners immediately on SIGTERM when no client is connected", async () => {
    const { child, exited, printed } = run({ PORT: "0", METRICS_PORT: "0", DRAIN_MS: "600000" });
    await printed("metrics  ");
    child.kill("SIGTERM");
    expect(await exited).toMatchObject({ code: 0, stderr: "" });
  });

  test("exits with 0 when it gets SIGINT twice, from the terminal and from npm", async () => {
    const { child, exited, printed } = run({ PORT: "0" });
    const client = await Client.connect(`ws://127.0.0.1:${portOf(await printed("datafeed"))}/api/v1/ws`);
    const closed = once(client.socket, "close");
    child.kill("SIGINT");
    setTimeout(() => child.kill("SIGINT"), 1);
    expect((await closed)[0]).toBe(1012);
    expect(await exited).toMatchObject({ code: 0, stderr: "" });
  });

  test("rejects an unknown argument, and exits with 1", async () => {
    expect(await run({ PORT: "0" }, "--port", "9000").exited).toEqual({
      code: 1,
      stdout: "",
      stderr:
        'Unknown argument "--port". The server is configured by environment variables, as in PORT=9000 npm start. See --help.\n',
    });
  });

  test("prints what it replays and what happens at the end; the default is Apple's bars", async () => {
    const { child, exited, printed } = run({
      PORT: "0",
      DATAFEED: "replay",
      DATA_DIR: outDir,
      REPLAY_AT_END: "loop",
    });
    const stdout = await printed("datafeed");
    expect(stdout).toContain('{"type":"bars.subscribe","payload":{"symbol":"AAPL","resolution":"D"}}');
    expect(stdout).toContain(
      `replay of ${AAPL_CSV} as AAPL: 1260 bars recorded daily (D), 4 bars per second, then starts again, shifted by whole weeks`,
    );
    child.kill("SIGTERM");
    expect((await exited).code).toBe(0);
  });

  test("exits with 1 when one of its ports is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const taken = String((other.address() as AddressInfo).port);
    expect(await run({ PORT: taken, METRICS_PORT: "0" }).exited).toMatchObject({ code: 1, stdout: "" });
    const failed = await run({ PORT: "0", METRICS_PORT: taken }).exited;
    expect(failed).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(`^Cannot listen on METRICS_PORT ${taken} at`),
    });
  });

  test("prints how to choose another port when its port is in use, and exits with 1", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    expect(await run({ PORT: String(port) }).exited).toEqual({
      code: 1,
      stdout: "",
      stderr: `Port ${port} is already in use on 127.0.0.1. Stop the other process, or use another port: PORT=${port + 1} npm start\n`,
    });
  });

  test.each([
    [{ PORT: "x" }, 'Invalid PORT "x": expected a whole number from 0 (any free port) to 65535.\n'],
    [{ DATAFEED: "replay", REPLAY_FILE: "gone.csv" }, 'Cannot read the file "gone.csv" that REPLAY_FILE names: ENOENT'],
    [{ DATAFEED: "replay", REPLAY_FILE: "package.json" }, 'package.json, line 1: missing column "time" in "{"'],
    [{ HOST: "192.0.2.1" }, 'Invalid HOST "192.0.2.1": expected an address of this machine'],
  ])("rejects %j with one line, and exits with 1", async (env, message) => {
    const { code, stderr } = await run(env).exited;
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test("prints a token with the command token, and an error for missing arguments", async () => {
    const JWT_SECRET = "0123456789abcdef0123456789abcdef";
    const created = await run({ JWT_SECRET }, "token", "--account", "A-1").exited;
    expect(created).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/),
    });
    expect(await run({ JWT_SECRET }, "token").exited).toEqual({
      code: 1,
      stdout: "",
      stderr: "Missing --account: expected the id of an account. See --help.\n",
    });
  });

  test("warns in demo mode that any client can get a token, and listens on loopback addresses only", async () => {
    const DATA_DIR = mkdtempSync(join(tmpdir(), "demo-"));
    onTestFinished(() => rmSync(DATA_DIR, { recursive: true }));
    const { child, exited, printed } = run({ PORT: "0", ENABLED_MODULES: "all", AUTH_MODE: "demo", DATA_DIR });
    const stdout = await printed("AUTH_MODE=jwt");
    expect(stdout).toContain("accounts  demo mode: any client can get a token for any account from POST http://");
    expect(stdout).toContain("account TEST-001 needs none");
    child.kill("SIGTERM");
    expect(await exited).toMatchObject({ code: 0, stderr: "" });
    const rejected = await run({ PORT: "0", AUTH_MODE: "demo", HOST: "0.0.0.0", DATA_DIR }).exited;
    expect([rejected.code, rejected.stdout]).toEqual([1, ""]);
    expect(rejected.stderr).toContain("AUTH_MODE=demo gives anyone a token for any account");
  });

  test("prints its variables with --help", async () => {
    const { code, stdout } = await run({}, "--help").exited;
    expect(code).toBe(0);
    expect(stdout).toContain("SIMULATED_SEED");
  });
});
