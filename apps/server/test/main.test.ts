import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { get } from "node:https";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { patternOf, runStep, stepsOf } from "../../../tooling/acceptance/test/deploy/guide.js";
import manifest from "../package.json" with { type: "json" };
import { signToken } from "../src/auth/tokens.js";
import { AAPL_CSV, Client } from "./helpers.js";
import { outDir, portOf, root, run, runAs, useBuiltServer } from "./server-process.js";
import { until } from "./until.js";

useBuiltServer();

/** The variables of a server that replays bars. It starts with less work than one that simulates a market. */
const REPLAY = { PORT: "0", DATAFEED: "replay", DATA_DIR: outDir };

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

  test("logs start, addresses, readiness and stop as JSON, and prints nothing else", async () => {
    const { child, exited, printed } = run({ PORT: "0", METRICS_PORT: "0", LOG_FORMAT: "json", LOG_LEVEL: "info" });
    await printed('"A module is ready"', "stderr");
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await exited;
    expect([code, stdout]).toEqual([0, ""]);
    const entries = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(entries.map(({ message }) => message)).toEqual([
      "The server starts",
      "The server listens",
      "A module is ready",
      "The server stops",
      "The server has stopped",
    ]);
    const url = expect.stringMatching(/^ws:\/\/localhost:\d+\/api\/v1\/ws$/);
    expect(entries[0]).toMatchObject({ version: manifest.version, node: process.versions.node, pid: child.pid });
    expect(entries[1]).toMatchObject({ socket: url, metrics: expect.stringMatching(/^http:.*\/metrics$/) });
    expect(entries[2]).toMatchObject({ module: "datafeed", status: "ready" });
    expect(entries[3]).toMatchObject({ signal: "SIGTERM", drainMs: 0, connections: 0 });
  });

  test("sends traces and metrics to an OpenTelemetry collector, at the latest when it stops", async () => {
    const received = new Map<string, string>();
    const collector = createHttpServer(async (request, response) => {
      const path = request.url ?? "";
      received.set(path, (received.get(path) ?? "") + (await readAll(request)));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void collector.close());
    await once(collector, "listening");
    const { port } = collector.address() as AddressInfo;
    const { child, exited, printed } = run({ ...REPLAY, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
    const client = await Client.connect(`ws://127.0.0.1:${portOf(await printed("datafeed  "))}/api/v1/ws`);
    client.send("bars.subscribe", { symbol: "AAPL", resolution: "D" });
    await client.next();
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const http = `http://127.0.0.1:${portOf(await printed("datafeed  "))}/api/v1`;
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    expect((await fetch(`${http}/datafeed/resolve/AAPL`, { headers })).status).toBe(200);
    expect(
      (await fetch(`${http}/secret-of-a-client?account=A-1`, { headers: { traceparent: "invalid" } })).status,
    ).toBe(404);
    child.kill("SIGTERM");
    expect(await exited).toMatchObject({ code: 0, stderr: "" });
    expect([...received.keys()].sort()).toEqual(["/v1/metrics", "/v1/traces"]);
    const traces = received.get("/v1/traces") ?? "";
    expect(traces).toContain('"GET /api/v1/datafeed/resolve/:symbol"');
    expect(traces).toContain(traceId);
    expect(traces).toContain('"parentSpanId":"b7ad6b7169203331"');
    expect(traces).toContain('"http.response.status_code"');
    expect(received.get("/v1/metrics")).toContain("http.server.request.duration");
    for (const body of received.values()) expect(body).not.toContain("secret-of-a-client");
    expect(received.get("/v1/traces")).toContain("bars.subscribe");
    for (const body of received.values()) expect(body).toContain('"trading-server"');
    expect(received.get("/v1/metrics")).toContain("trading.ws.operation.duration");
  });

  test("drains connections for DRAIN_MS after SIGTERM, while /readyz replies 503", async () => {
    const { child, printed } = run({ ...REPLAY, METRICS_PORT: "0", DRAIN_MS: "600000" });
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

  test("answers health checks when clients would use up its open files, and names the remedy", async () => {
    const limited = ["sh", "-c", 'ulimit -n 300 && exec "$@"', "sh", process.execPath, `${outDir}/main.js`];
    const { child, exited, printed } = runAs(limited, { ...REPLAY, METRICS_PORT: "0" });
    const port = Number(portOf(await printed("metrics  ")));
    const metrics = /metrics {3}http:\/\/localhost:(\d+)\/metrics/.exec(await printed("metrics  "))?.[1];
    let closed = 0;
    const clients = Array.from({ length: 400 }, () => connect(port, "127.0.0.1"));
    for (const client of clients) {
      client.on("error", () => {}).once("close", () => void closed++);
      onTestFinished(() => void client.destroy());
    }
    await Promise.all(clients.map((client) => Promise.race([once(client, "connect"), once(client, "close")])));
    expect((await fetch(`http://127.0.0.1:${metrics}/healthz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/api/v1/health`)).status).toBe(200);
    // 37 sockets and 100 connections for requests.
    await until(() => closed >= 400 - 137);
    child.kill("SIGTERM");
    const { code, stderr } = await exited;
    expect(code).toBe(0);
    expect(stderr).toContain(
      "This process can open 300 files (EMFILE above that), so the server accepts 37 sockets: raise it with ulimit -n",
    );
  });

  test("stops both listeners immediately on SIGTERM when no client is connected", async () => {
    const { child, exited, printed } = run({ ...REPLAY, METRICS_PORT: "0", DRAIN_MS: "600000" });
    await printed("metrics  ");
    child.kill("SIGTERM");
    expect(await exited).toMatchObject({ code: 0, stderr: "" });
  });

  test("exits with 0 when it gets SIGINT twice, from the terminal and from npm", async () => {
    const { child, exited, printed } = run(REPLAY);
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
    // The other servers of this file leave the position of their replay in their folder.
    const folder = mkdtempSync(join(tmpdir(), "replay-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { child, exited, printed } = run({ ...REPLAY, DATA_DIR: folder, REPLAY_AT_END: "loop" });
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
    expect(await run({ ...REPLAY, PORT: taken, METRICS_PORT: "0" }).exited).toMatchObject({ code: 1, stdout: "" });
    const failed = await run({ ...REPLAY, METRICS_PORT: taken }).exited;
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
    expect(await run({ ...REPLAY, PORT: String(port) }).exited).toEqual({
      code: 1,
      stdout: "",
      stderr: `Port ${port} is already in use on 127.0.0.1. Stop the other process, or use another port: PORT=${port + 1} npm start\n`,
    });
  });

  test.each([
    [{ PORT: "x" }, 'Invalid PORT "x": expected a whole number from 0 (any free port) to 65535.\n'],
    [{ REPLAY_FILE: "gone.csv" }, 'Cannot read the file "gone.csv" that REPLAY_FILE names: ENOENT'],
    [{ REPLAY_FILE: "package.json" }, 'package.json, line 1: missing columns "time", "open"'],
    [
      { ENABLED_MODULES: "all", AUTH_MODE: "demo", METRICS_PORT: "0", ADMIN_TOKEN: "short" },
      "Invalid ADMIN_TOKEN: the token of admin has 5 characters",
    ],
    [
      { ENABLED_MODULES: "all", AUTH_MODE: "demo", ALLOWED_ORIGINS: "x" },
      'Invalid ALLOWED_ORIGINS: expected scheme://host or scheme://host:port, got "x".',
    ],
    [{ HOST: "192.0.2.1" }, 'Invalid HOST "192.0.2.1": expected an address of this machine'],
  ])("rejects %j with one line, and exits with 1", async (env, message) => {
    const { code, stderr } = await run({ ...REPLAY, ...env }).exited;
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
    const { child, exited, printed } = run({ ...REPLAY, ENABLED_MODULES: "all", AUTH_MODE: "demo", DATA_DIR });
    const stdout = await printed("AUTH_MODE=jwt");
    expect(stdout).toContain("accounts  demo mode: any client can get a token for any account from POST http://");
    expect(stdout).toContain("account TEST-001 needs none");
    child.kill("SIGTERM");
    expect(await exited).toMatchObject({ code: 0, stderr: "" });
    const rejected = await run({ PORT: "0", AUTH_MODE: "demo", HOST: "0.0.0.0", DATA_DIR }).exited;
    expect([rejected.code, rejected.stdout]).toEqual([1, ""]);
    expect(rejected.stderr).toContain("AUTH_MODE=demo gives anyone a token for any account");
  });

  test("keeps the promises of the operations guide, and leaves one file when it stops", async () => {
    const folder = mkdtempSync(join(tmpdir(), "operations-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const guide = readFileSync(join(root, "../../docs/guides/operations.md"), "utf8");
    const steps = stepsOf(guide.replaceAll("node dist/main.js", `${process.execPath} ${outDir}/main.js`));
    expect(steps).toHaveLength(5);
    const DATA_DIR = join(folder, "data");
    const { child, exited, printed } = run({ ...REPLAY, ENABLED_MODULES: "all", AUTH_MODE: "demo", DATA_DIR });
    const port = portOf(await printed("AUTH_MODE=jwt"));
    const opened = await fetch(`http://127.0.0.1:${port}/api/v1/broker/account?accountId=TEST-001`);
    expect(opened.status).toBe(200);
    for (const { command, promised } of steps.slice(0, 2)) {
      expect(await runStep(command, folder), command).toMatch(patternOf(promised));
    }
    child.kill("SIGTERM");
    expect(await exited).toMatchObject({ code: 0, stderr: "" });
    // Besides the files of the lock, which are empty or name the server that had it.
    expect(readdirSync(DATA_DIR).filter((name) => /^broker(?!.*\.(lock|holder)$)/.test(name))).toEqual(["broker.db"]);
    for (const { command, promised } of steps.slice(2)) {
      expect(await runStep(command, folder), command).toMatch(patternOf(promised));
    }
  });

  test("checks its settings with --check, creates nothing and prints no secret", async () => {
    const JWT_SECRET = "0123456789abcdef0123456789abcdef";
    const DATA_DIR = join(outDir, "unused");
    const env = { ENABLED_MODULES: "datafeed,broker", AUTH_MODE: "jwt", JWT_SECRET, DATA_DIR, MAX_TOPIC: "5" };
    const { code, stdout, stderr } = await run(env, "--check").exited;
    expect([code, stderr]).toEqual([0, "Unknown variable MAX_TOPIC: is MAX_TOPICS meant?\n"]);
    expect(stdout).toMatch(/^\* JWT_SECRET +\(secret\)$/m);
    expect(stdout).toMatch(/^ {2}PORT +8000$/m);
    expect(stdout).toContain("The settings are valid.");
    expect(stdout).not.toContain(JWT_SECRET);
    expect(existsSync(DATA_DIR)).toBe(false);
    const { JWT_SECRET: _, ...withoutKey } = env;
    expect(await run(withoutKey, "--check").exited).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("AUTH_MODE=jwt needs a key to verify tokens with"),
    });
  });

  test("reads certificate, secret and limits again on SIGHUP, and keeps them when one is invalid", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sighup-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const write = (name: string, text: string | Buffer) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const pem = (name: string) => readFileSync(join(root, "test/fixtures/tls", name));
    const { child, exited, printed } = run({
      ...REPLAY,
      ENABLED_MODULES: "datafeed,broker",
      DATA_DIR: join(folder, "data"),
      AUTH_MODE: "jwt",
      LOG_LEVEL: "info",
      ENV_FILE: write("env", ""),
      JWT_SECRET_FILE: write("secret", "a".repeat(32)),
      TLS_CERT_FILE: write("cert", pem("cert.pem")),
      TLS_KEY_FILE: write("key", pem("key.pem")),
    });
    const port = Number(/wss:\/\/localhost:(\d+)\//.exec(await printed("datafeed  "))?.[1]);
    const accountOf = async (secret: string, ca: Buffer) => {
      const signing = { secret, algorithm: "HS256", issuer: "", audience: "" } as const;
      const token = await signToken(signing, { subject: "a", accounts: ["A"], expiresAt: Date.now() + 600_000 });
      const headers = { authorization: `Bearer ${token}` };
      const path = "/api/v1/broker/account?accountId=A";
      const [response] = await once(get({ port, path, headers, ca, agent: false }), "response");
      response.resume();
      return response.statusCode;
    };
    expect(await accountOf("a".repeat(32), pem("cert.pem"))).toBe(200);
    write("cert", pem("renewed-cert.pem"));
    write("key", pem("renewed-key.pem"));
    write("secret", "b".repeat(32));
    write("env", "MAX_CONNECTIONS=1\n");
    child.kill("SIGHUP");
    await printed("changed=4", "stderr");
    expect(await accountOf("b".repeat(32), pem("renewed-cert.pem"))).toBe(200);
    expect(await accountOf("a".repeat(32), pem("renewed-cert.pem"))).toBe(401);
    await expect(accountOf("b".repeat(32), pem("cert.pem"))).rejects.toThrow("self-signed certificate");
    const ca = pem("renewed-cert.pem");
    const [first, second] = [1, 2].map(() =>
      new WebSocket(`wss://localhost:${port}/api/v1/ws`, { ca }).on("error", () => {}),
    );
    for (const socket of [first, second]) onTestFinished(() => socket?.terminate());
    const [, refused] = await Promise.race(
      [first, second].map((socket) => once(socket as WebSocket, "unexpected-response")),
    );
    expect(refused.statusCode).toBe(503);
    write("secret", "short");
    child.kill("SIGHUP");
    const log = await printed("The settings were not reloaded: the old ones stay in use", "stderr");
    expect(log).toContain("Invalid JWT_SECRET: HS256 requires at least 32 bytes, got 5.");
    expect(await accountOf("b".repeat(32), ca)).toBe(200);
    child.kill("SIGTERM");
    expect((await exited).code).toBe(0);
  });

  test("prints its version with --version", async () => {
    expect(await run({}, "--version").exited).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });

  test("prints its variables with --help", async () => {
    const { code, stdout } = await run({}, "--help").exited;
    expect(code).toBe(0);
    expect(stdout).toContain("SIMULATED_SEED");
  });
});
