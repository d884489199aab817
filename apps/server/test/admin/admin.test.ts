import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { systemClock } from "@trading/ws-server";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { findTool } from "../../../../tooling/src/tools.mjs";
import type { AdminActs } from "../../src/admin/admin-acts.js";
import { createAdminRouter } from "../../src/admin/admin-api.js";
import { signToken } from "../../src/auth/tokens.js";
import { adminCommand } from "../../src/cli/admin-command.js";
import { compose } from "../../src/compose.js";
import { parseEnv } from "../../src/config/env.js";
import { createLogger } from "../../src/logger.js";
import { Client, getJson } from "../helpers.js";

const JWT_SECRET = "s".repeat(32);
const TOKEN = "t".repeat(40);
const OTHER = "u".repeat(40);

let folder: string;
let server: Awaited<ReturnType<typeof start>>;
const audit: Record<string, unknown>[] = [];

/** Starts a server whose market is fed by the tests. Its audit lines are in `audit`. */
async function start() {
  const env = parseEnv({
    PORT: "0",
    METRICS_PORT: "0",
    ADMIN_TOKEN: `alice:${TOKEN}\nbob:${OTHER}`,
    AUTH_MODE: "jwt",
    JWT_SECRET,
    DATA_DIR: folder,
    DATAFEED: "external",
    EXTERNAL_SYMBOLS: "ACME",
    LOG_LEVEL: "error",
  });
  const logger = createLogger("error", "json", {
    write: (line) => {
      const { time, message, level, address, ...entry } = JSON.parse(line);
      if (entry.audit) audit.push(entry);
    },
  });
  const { app, datafeed, monitoring } = await compose(env, { logger });
  const port = await app.listen(0, "127.0.0.1");
  const metricsPort = await monitoring?.listen(0, "127.0.0.1");
  const close = async () => {
    await app.close();
    await datafeed.close();
    await monitoring?.close();
  };
  return { app, close, metricsPort, port, admin: `http://127.0.0.1:${metricsPort}/admin/v1` };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "admin-"));
  server = await start();
});
beforeEach(() => void audit.splice(0));
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Runs the command `admin`. @param input its standard input */
function admin(args: string, input = "", env: Record<string, string> = {}): Promise<string> {
  const words = args.split(" ").filter((word) => word !== "");
  const basics = { METRICS_PORT: String(server.metricsPort), ADMIN_TOKEN: TOKEN };
  return adminCommand(words, { env: { ...basics, ...env }, stdin: Readable.from([input]) });
}

const json = async (args: string, input?: string) => JSON.parse(await admin(`${args} --json`, input));

function tokenOf(subject: string, accounts: readonly string[] = ["A-1"]): Promise<string> {
  const signing = { secret: JWT_SECRET, algorithm: "HS256", issuer: "", audience: "" } as const;
  return signToken(signing, { subject, accounts, expiresAt: systemClock.now() + 600_000 });
}

const connect = async (subject?: string) =>
  Client.connect(`ws://127.0.0.1:${server.port}/api/v1/ws`, subject === undefined ? undefined : await tokenOf(subject));

async function order(account: string, body: object) {
  const headers = { authorization: `Bearer ${await tokenOf("trader", [account])}`, "content-type": "application/json" };
  return getJson<{ orderId: string; code: string; detail: string }>(
    `http://127.0.0.1:${server.port}/api/v1/broker/orders?accountId=${account}`,
    { method: "POST", headers, body: JSON.stringify(body) },
  );
}

const LIMIT_ORDER = { symbol: "ACME", type: 1, side: 1, qty: 5, limitPrice: 50 };

describe("connections and topics", () => {
  test("are listed, as a table and as JSON", async () => {
    const client = await connect("alice");
    client.send("bars.subscribe", { symbol: "ACME", resolution: "1" });
    await client.next();
    const { total, connections } = await json("connections --subject alice");
    expect([total, connections[0].subject, connections[0].topics]).toEqual([1, "alice", [BARS]]);
    expect(await admin("connections --subject alice")).toMatch(/^CONNECTION +USER +ADDRESS .*\n\S+ +alice +\S+ +base /);
    expect(await admin("connections --subject nobody")).toBe("No connections.\n");
    const { topics } = await json("topics --route bars");
    expect(topics).toMatchObject([{ topic: BARS, state: "live", subscribers: 1 }]);
    expect(await admin("topics")).toContain(`${BARS}  live`);
    // Reading is not an act.
    expect(audit).toEqual([]);
    client.socket.terminate();
  });

  test("are closed with a code and a reason, and an unknown one is refused", async () => {
    const client = await connect("carol");
    const { connections } = await json("connections --subject carol");
    const closed = once(client.socket, "close");
    expect(await admin(`close ${connections[0].id} --code 4000 --reason maintenance`)).toBe(
      `Closed the connection ${connections[0].id}.\n`,
    );
    expect((await closed).map(String)).toEqual(["4000", "maintenance"]);
    await expect(admin("close nothing")).rejects.toThrow(
      'There is no connection "nothing": list them with admin connec',
    );
    const line = { audit: true, who: "alice", act: "close" };
    expect(audit).toEqual([
      { ...line, connection: connections[0].id, code: 4_000, outcome: "done" },
      { ...line, connection: "nothing", code: 1_012, outcome: "not_found", reason: expect.any(String) },
    ]);
  });
});

const BARS = 'bars:{"resolution":"1","symbol":"ACME"}';

const line = (close: number, symbol = "ACME", route = "bars") =>
  JSON.stringify({
    route,
    params: { symbol, resolution: "1" },
    update: { time: 1_700_000_000_000, open: 1, high: 9, low: 1, close, volume: 3 },
  });

describe("publishing", () => {
  test("reaches the subscribers of running topics, a batch in its order", async () => {
    const client = await connect();
    client.send("bars.subscribe", { symbol: "ACME", resolution: "1" });
    await client.next();
    const closes = Array.from({ length: 8 }, (_, index) => 1 + index);
    const batch = [...closes.map((close) => line(close)), line(1, "NONE")].join("\n");
    expect(await json("publish", batch)).toEqual({
      published: 8,
      notRunning: ['bars:{"resolution":"1","symbol":"NONE"}'],
    });
    const received: unknown[] = [];
    while (received.length === 0 || received.at(-1) !== 8) received.push((await client.update()).close);
    expect(received).toEqual([...received].sort());
    expect(audit).toEqual([
      {
        audit: true,
        who: "alice",
        act: "publish",
        routes: "bars",
        updates: 9,
        outcome: "done",
        published: 8,
        notRunning: 1,
      },
    ]);
    client.socket.terminate();
  });

  test.each([
    [line(1, "NONE"), "does not run: it starts when a client subscribes to it."],
    [line(1, "ACME", "bar"), 'Unknown route "bar": expected one of bars,'],
    ['{"route":"bars","params":{"symbol":7},"update":{}}', "bars: /symbol must be a string, but is 7"],
    [`${line(1)}\n${line(1).replace('"close":1', '"close":"x"')}`, "updates.1: "],
    ["{", "Line 1 is not JSON"],
    ["", "There is nothing to publish"],
  ])("of %s is refused with a sentence", async (input, message) => {
    await expect(admin("publish", input)).rejects.toThrow(message);
  });
});

describe("revocation", () => {
  test("of a user closes the connections, refuses the tokens, also after a restart, and can be undone", async () => {
    const client = await connect("dave");
    const closed = once(client.socket, "close");
    expect(await admin("revoke --subject dave")).toBe("Revoked; closed 1 connection.\n");
    await closed;
    await expect(connect("dave")).rejects.toThrow("401");
    await server.close();
    server = await start();
    await expect(connect("dave")).rejects.toThrow("401");
    expect(await admin("revocations")).toMatch(/^KIND +VALUE\nsubject +dave\n$/);
    await admin("restore --subject dave");
    await connect("dave");
    await expect(admin("restore --subject dave")).rejects.toThrow("This subject or token is not revoked.");
    expect(await json("revoke --token-id j-1")).toEqual({ closed: 0 });
    expect(audit.map(({ act, subject, jti, outcome }) => [act, subject ?? jti, outcome])).toEqual([
      ["revoke", "dave", "done"],
      ["restore", "dave", "done"],
      ["restore", "dave", "not_found"],
      ["revoke", "j-1", "done"],
    ]);
  });
});

describe("accounts", () => {
  test("are halted: orders are refused with a code and the reason, cancelling stays possible", async () => {
    await admin("trade ACME 100 5");
    const placed = await order("A-1", LIMIT_ORDER);
    expect(placed.status).toBe(200);
    await admin("halt A-1 --reason review");
    expect(await order("A-1", LIMIT_ORDER)).toMatchObject({
      status: 403,
      body: {
        code: "account_halted",
        detail: "The account has been halted by the operator: review. Orders can be cancelled and positions closed",
      },
    });
    expect((await order("A-2", LIMIT_ORDER)).status).toBe(200);
    await admin(`cancel A-1 ${placed.body.orderId}`);
    await expect(admin(`cancel A-1 ${placed.body.orderId}`)).rejects.toThrow("is not working: it was cancelled");
    await server.close();
    server = await start();
    expect((await order("A-1", LIMIT_ORDER)).body.code).toBe("account_halted");
    await admin("resume A-1");
    await admin("trade ACME 100 5");
    expect((await order("A-1", LIMIT_ORDER)).status).toBe(200);
    expect(audit.map(({ act, account, outcome, why }) => [act, account, outcome, why])).toEqual([
      ["trade", undefined, "done", undefined],
      ["halt", "A-1", "done", "review"],
      ["cancel", "A-1", "done", undefined],
      ["cancel", "A-1", "not_working", undefined],
      ["resume", "A-1", "done", undefined],
      ["trade", undefined, "done", undefined],
    ]);
  });

  test("lose all their working orders with cancel --all", async () => {
    await admin("trade ACME 100 5");
    for (let placed = 0; placed < 3; placed++) await order("A-3", LIMIT_ORDER);
    expect(await admin("orders A-3")).toMatch(/^ORDER .*\n(?:o\d+ +ACME +buy +5 +0\n){3}$/);
    expect(await admin("cancel A-3 --all")).toBe("Cancelled 3 orders.\n");
    expect(await admin("orders A-3")).toBe("A-3 has no working orders.\n");
    await expect(admin("cancel A-3")).rejects.toThrow("Expected the id of an order, or --all");
  });
});

describe("the operators' endpoints", () => {
  test("need a token: others get 401, many of an address 429, and a right one still works", async () => {
    const statusOf = async (token: string) => {
      const { status } = await fetch(`${server.admin}/topics`, { headers: { authorization: `Bearer ${token}` } });
      return status;
    };
    const statuses = [];
    for (let attempt = 0; attempt < 12; attempt++) statuses.push(await statusOf("x".repeat(40)));
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(statuses.at(-1)).toBe(429);
    expect(await statusOf(TOKEN)).toBe(200);
    expect((await fetch(`${server.admin}/openapi.json`)).status).toBe(429);
    await expect(admin("topics", "", { ADMIN_TOKEN: "w".repeat(32) })).rejects.toThrow("Too many wrong tokens");
  });

  test("are described by an OpenAPI document, with a name for each operation", async () => {
    const { body } = await getJson<{ paths: Record<string, Record<string, { operationId: string }>> }>(
      `${server.admin}/openapi.json`,
      { headers: { authorization: `Bearer ${TOKEN}` } },
    );
    const operations = Object.values(body.paths).flatMap((path) => Object.values(path).map((each) => each.operationId));
    expect(operations).toHaveLength(new Set(operations).size);
    expect(operations).toEqual(expect.arrayContaining(["publish", "revoke", "halt", "closeConnection", "cancelAll"]));
  });

  test("write the OpenAPI document once for all requests", async () => {
    const rules = { onInternalError() {}, operatorOf: () => ({ name: "alice", address: "" }) };
    const router = await createAdminRouter({} as AdminActs, "1", rules);
    onTestFinished(() => router.close());
    await router.ready();
    const { body } = await router.inject("/admin/v1/openapi.json");
    expect(body).toContain("closeConnection");
    const stringify = vi.spyOn(JSON, "stringify");
    onTestFinished(() => stringify.mockRestore());
    expect((await router.inject("/admin/v1/openapi.json")).body).toBe(body);
    const documents = stringify.mock.calls.filter(([value]) => typeof value === "object" && "openapi" in value);
    expect(documents).toEqual([]);
  });

  test("write who acted, whatever the log level is", async () => {
    expect(await admin("log-level")).toBe("error\n");
    await admin("log-level silent", "", { ADMIN_TOKEN: OTHER });
    await admin("log-level error");
    expect(audit).toEqual([
      { audit: true, who: "bob", act: "log level", from: "error", to: "silent", outcome: "done" },
      { audit: true, who: "alice", act: "log level", from: "silent", to: "error", outcome: "done" },
    ]);
    await expect(admin("log-level loud")).rejects.toThrow('Invalid level "loud"');
  });
});

describe("the command admin", () => {
  test.each([
    ["restart", 'Unknown command "restart": expected one of connections, topics, close, publish,'],
    ["close", "Missing connection: expected admin close <connection>"],
    ["halt A-1 A-2", 'Unexpected argument "A-2"'],
    ["topics --loud", "Unknown option '--loud'. See --help."],
    ["revoke", "Expected either --subject, a user, or --token-id"],
    ["trade NONE 1 1", 'Unknown symbol "NONE": expected one of ACME.'],
  ])("refuses %j with a sentence", async (args, message) => {
    await expect(admin(args)).rejects.toThrow(message);
  });

  test("says what to set when it cannot reach the server or has no token", async () => {
    await expect(admin("topics", "", { ADMIN_URL: "http://127.0.0.1:1" })).rejects.toThrow(
      "Cannot reach http://127.0.0.1:1/admin/v1: ",
    );
    await expect(admin("topics", "", { ADMIN_TOKEN: "" })).rejects.toThrow("ADMIN_TOKEN is not set: set it, or");
    await expect(admin("topics", "", { ADMIN_TOKEN: "short" })).rejects.toThrow(
      "the token of admin has 5 characters, and needs at least 32",
    );
    expect(await admin("--help")).toContain("halt <account>");
  });
});

const python = findTool("python");
test.skipIf(python === undefined)("a Python program is a source: its trades make bars, quotes and fills", async () => {
  const client = await connect();
  client.send("bars.subscribe", { symbol: "ACME", resolution: "1" });
  await client.next();
  const script = fileURLToPath(new URL("../../examples/python-source/source.py", import.meta.url));
  const env = {
    ...process.env,
    ADMIN_URL: `http://127.0.0.1:${server.metricsPort}`,
    ADMIN_TOKEN: OTHER,
    TRADES: "5",
    PAUSE_S: "0",
  };
  const output = await new Promise<string>((resolve, reject) => {
    execFile(python as string, [script], { env, timeout: 240_000 }, (error, stdout, stderr) =>
      error ? reject(new Error(stderr)) : resolve(stdout),
    );
  });
  const price = Number(/^sent 5 trades, the last at ([\d.]+)$/m.exec(output)?.[1]);
  let close = Number.NaN;
  while (close !== price) close = (await client.update()).close;
  const filled = await order("A-4", { symbol: "ACME", type: 2, side: 1, qty: 1 });
  expect(filled.status).toBe(200);
  expect(audit).toEqual(
    Array(5).fill({ audit: true, who: "bob", act: "trade", symbol: "ACME", trades: 1, outcome: "done" }),
  );
  client.socket.terminate();
});
