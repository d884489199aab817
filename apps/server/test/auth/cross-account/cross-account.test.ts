import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@trading/ws-server";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { createAuth, readSigning } from "../../../src/auth/from-env.js";
import { signToken } from "../../../src/auth/tokens.js";
import { compose } from "../../../src/compose.js";
import { parseEnv } from "../../../src/config/env.js";
import { TABLE } from "../../../src/config/variables.js";
import { silent } from "../../helpers.js";
import { type Attempt, Dice, type Endpoint, forgedTokens, type Known, nextAttempt, plainAttempts } from "./attempts.js";

/** CROSS_ACCOUNT_ATTEMPTS=10000 makes more in each mode. CROSS_ACCOUNT_SEED repeats a run: it is printed. */
const ATTEMPTS = Number(process.env.CROSS_ACCOUNT_ATTEMPTS ?? 250);
const SEED = Number(process.env.CROSS_ACCOUNT_SEED ?? Math.floor(Math.random() * 2 ** 31));

const ATTACKER = "ATTACKER-1";
/** Has a letter that Unicode writes in two ways. */
const VICTIM = "Victim-é-1";
/** A price and a quantity that occur in no other order, so that a reply that has one of them is a leak. */
const SECRET_PRICE = 3.71;
const SECRET_QTY = 719;

const ENVIRONMENTS = {
  demo: { AUTH_MODE: "demo" },
  jwt: { AUTH_MODE: "jwt", JWT_SECRET: "a secret of more than thirty-two bytes" },
} as const;

/** The rates would refuse most of the attempts, and hide what a slower attacker finds. */
const WITHOUT_RATES = Object.fromEntries(
  [...TABLE.keys()]
    .filter((name) => /RATE|PER_(SECOND|MINUTE)/.test(name) && !name.startsWith("REPLAY"))
    .map((name) => [name, "0"]),
);

describe.each(Object.entries(ENVIRONMENTS))("in %s mode", (mode, environment) => {
  test(`${ATTEMPTS} attempts on another account see and change nothing of it`, { timeout: 1_800_000 }, async () => {
    console.log(`cross-account: ${ATTEMPTS} attempts in ${mode} mode, CROSS_ACCOUNT_SEED=${SEED}`);
    const world = await start(environment);
    const before = await world.stateOf(VICTIM);
    const secrets = [`"limitPrice":${SECRET_PRICE}`, `"qty":${SECRET_QTY}`];
    const dice = new Dice(SEED);
    const outcomes = new Map<string, number>();
    const leaks: unknown[] = [];
    const tokens = { own: await world.tokenOf(ATTACKER), forged: forgedTokens(await world.tokenOf(ATTACKER), VICTIM) };
    const plain = plainAttempts(ATTACKER, world.victim, tokens);
    const attacker = { own: ATTACKER, victim: world.victim, tokens };
    for (let count = 0; count < ATTEMPTS; count++) {
      const attempt = plain[count] ?? nextAttempt(dice, world.endpoints, world.routes, attacker);
      const { outcome, text, isGranted } = await world.attempt(attempt);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const sent = JSON.stringify(attempt);
      const seen = secrets.filter((secret) => text.includes(secret) && !sent.includes(secret));
      if (seen.length > 0 || (isGranted && !attempt.isOwn)) leaks.push({ attempt, outcome, text: text.slice(0, 500) });
    }
    // What the victim does meanwhile must not arrive at any of the attacker's sockets.
    await world.trade();
    const received = await world.received();
    console.log(`cross-account: ${JSON.stringify(Object.fromEntries([...outcomes].sort()))}`);
    expect(leaks).toEqual([]);
    for (const secret of secrets) expect(received).not.toContain(secret);
    expect(await world.stateOf(VICTIM)).toEqual(before);
    // The attempts reached the rules: some were refused for the account, some for the token, and some were the attacker's own.
    const statuses = [...outcomes.keys()].join(" ");
    for (const expected of ["rest 200", "rest 401", "rest 403", "socket ok", "socket forbidden"]) {
      expect(statuses).toContain(expected);
    }
  });
});

/** The result of an attempt. */
interface Result {
  /** `rest 403`, or `socket forbidden`. */
  readonly outcome: string;
  readonly text: string;
  /** Whether the server did what was requested. */
  readonly isGranted: boolean;
}

/** Starts the reference server with a victim that has orders, a position and fills. */
async function start(environment: Readonly<Record<string, string>>) {
  const directory = mkdtempSync(join(tmpdir(), "cross-account-"));
  const env = parseEnv({ ...WITHOUT_RATES, ...environment, DATA_DIR: directory });
  const { app, datafeed } = await compose(env, { logger: silent });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets: AttackerSocket[] = [];
  onTestFinished(async () => {
    for (const socket of sockets) socket.close();
    agent.destroy();
    await app.close();
    await datafeed.close();
    rmSync(directory, { recursive: true });
  });
  const port = await app.listen(0, "127.0.0.1");
  // Reads or writes the secret of the demo mode, as the server did.
  const signing = createAuth(env, directory, systemClock, silent)?.demo ?? readSigning(env, systemClock, silent);
  const tokenOf = (accountId: string) =>
    signToken(signing, { subject: accountId, accounts: [accountId], expiresAt: systemClock.now() + 3_600_000 });

  const send = (method: string, path: string, headers: object, body?: string) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const sent = httpRequest({ host: "127.0.0.1", port, agent, method, path, headers: { ...headers } }, (reply) => {
        let text = "";
        reply.setEncoding("utf8").on("data", (part) => {
          text += part;
        });
        reply.on("end", () => resolve({ status: reply.statusCode ?? 0, text }));
      });
      sent.on("error", reject);
      sent.end(body);
    });
  const asVictim = async (method: string, path: string, body?: object) => {
    const authorization = `Bearer ${await tokenOf(VICTIM)}`;
    const headers = { authorization, ...(body && { "content-type": "application/json" }) };
    const query = `accountId=${encodeURIComponent(VICTIM)}`;
    const reply = await send(method, `/api/v1/broker/${path}?${query}`, headers, body && JSON.stringify(body));
    if (reply.status >= 400) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
    return reply.text === "" ? undefined : JSON.parse(reply.text);
  };
  const symbol = "AAPL";
  const secret = { symbol, type: 1, side: 1, qty: SECRET_QTY, limitPrice: SECRET_PRICE };
  const orderIds: string[] = [];
  for (let count = 0; count < 3; count++) orderIds.push((await asVictim("POST", "orders", secret)).orderId);
  await asVictim("POST", "orders", { symbol, type: 2, side: 1, qty: 1 });
  const positions = (await asVictim("GET", "positions")) as { id: string }[];
  expect(positions).toHaveLength(1);
  const victim: Known = { accountId: VICTIM, orderIds, positionIds: positions.map(({ id }) => id), symbol };

  const document = app.openApi() as { paths: Record<string, Record<string, { security?: unknown[] }>> };
  const endpoints: Endpoint[] = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { security = [] }]) =>
      security.length > 0 ? [{ method: method.toUpperCase(), path }] : [],
    ),
  );
  const routes = app.modules.flatMap(({ streams }) =>
    streams.routes.flatMap(({ route }) => (route.access === "private" ? [route.name] : [])),
  );

  const own = await tokenOf(ATTACKER);
  /** Returns an open socket; a new one after the server has closed the last one. */
  const socketOf = async (token: string | undefined) => {
    const open = sockets.find((socket) => socket.isOpen && socket.token === token);
    if (open) return open;
    const socket = await AttackerSocket.connect(`ws://127.0.0.1:${port}/api/v1/ws?protocol=2`, token);
    sockets.push(socket);
    return socket;
  };

  return {
    endpoints,
    routes,
    victim,
    tokenOf,
    /** Makes an attempt and returns what came of it. */
    async attempt(attempt: Attempt): Promise<Result> {
      if (attempt.kind === "rest") {
        const { status, text } = await send(attempt.method, attempt.path, attempt.headers, attempt.body);
        return { outcome: `rest ${status}`, text, isGranted: status < 300 };
      }
      const socket = await socketOf(attempt.withToken ? own : undefined);
      return socket.attempt(attempt.frame);
    },
    /** Lets the victim trade, so that its topics have updates. */
    async trade() {
      const { orderId } = await asVictim("POST", "orders", secret);
      await asVictim("DELETE", `orders/${orderId}`);
    },
    /** Returns everything that the attacker's open sockets have received, after the server has handled all of their frames. */
    async received(): Promise<string> {
      for (const socket of sockets) if (socket.isOpen) await socket.attempt({ type: "ping", payload: {} });
      return sockets.map(({ text }) => text).join("\n");
    },
    /** Returns the parts of an account's state that do not change with the market. */
    async stateOf(accountId: string) {
      expect(accountId).toBe(VICTIM);
      const orders = (await asVictim("GET", "orders")) as { status: number | string; id: string }[];
      return {
        orders: orders.filter(({ id }) => orderIds.includes(id)),
        positions: await asVictim("GET", "positions"),
        executions: await asVictim("GET", `executions/${symbol}`),
        leverage: await (async () => {
          const headers = { authorization: `Bearer ${await tokenOf(VICTIM)}` };
          const query = `accountId=${encodeURIComponent(VICTIM)}&symbol=${symbol}&orderType=1&side=1`;
          return JSON.parse((await send("GET", `/api/v1/broker/leverage/info?${query}`, headers)).text);
        })(),
      };
    },
  };
}

/** A socket of the attacker, which matches replies to its frames by their ids. */
class AttackerSocket {
  readonly token: string | undefined;
  text = "";
  readonly #socket: WebSocket;
  #lastId = 0;
  #replied: (text: string) => void = () => {};

  private constructor(socket: WebSocket, token: string | undefined) {
    this.#socket = socket;
    this.token = token;
    socket.on("message", (data) => {
      this.text += `${data}\n`;
      const { id, payload } = JSON.parse(String(data)) as { id?: unknown; payload?: { id?: unknown } };
      // An error names the frame in its payload.
      if (id === this.#lastId || payload?.id === this.#lastId) this.#replied(String(data));
    });
    socket.on("close", () => this.#replied("closed"));
    socket.on("error", () => {});
  }

  static async connect(url: string, token: string | undefined): Promise<AttackerSocket> {
    const socket = new WebSocket(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
    const attacker = new AttackerSocket(socket, token);
    await new Promise((resolve, reject) => {
      socket.on("open", resolve);
      socket.on("error", reject);
    });
    return attacker;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends a frame and waits for its reply, or for the close. */
  async attempt(frame: object): Promise<Result> {
    const replied = new Promise<string>((resolve) => {
      this.#replied = resolve;
    });
    this.#socket.send(JSON.stringify({ ...frame, id: ++this.#lastId }));
    const text = await replied;
    const [, status = ""] = /"status":"(\w+)"/.exec(text) ?? [];
    const [, code = ""] = /"code":"(\w+)"/.exec(text) ?? [];
    const isUnsubscribe = JSON.stringify(frame).includes("unsubscribe");
    return {
      outcome: `socket ${code || status || text.slice(0, 20)}`,
      text,
      isGranted: status === "ok" && !isUnsubscribe,
    };
  }

  close(): void {
    this.#socket.terminate();
  }
}
