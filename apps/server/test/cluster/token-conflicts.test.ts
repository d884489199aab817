import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterPubSub, MemoryHub } from "@trading/ws-server/cluster";
import { ManualClock, RecordingLogger } from "@trading/ws-server/testing";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { hasRedis, RedisServer } from "../../../../tooling/src/redis/redis-server.mjs";
import { createAuth } from "../../src/auth/from-env.js";
import { conflictingVariable, tokenRulesOf } from "../../src/auth/token-rules.js";
import { Peers } from "../../src/cluster/peers.js";
import { TokenConflicts } from "../../src/cluster/token-conflicts.js";
import { type Environment, parseEnv } from "../../src/config/env.js";
import { silent } from "../helpers.js";
import { startServer } from "./start-server.js";

const OLD = "o".repeat(32);
const NEW = "n".repeat(32);
const LOOK_MS = 5_000;
const TICK_MS = 250;

/** Servers of one cluster on a bus in memory. */
class Servers {
  readonly clock = new ManualClock();
  readonly #hub = new MemoryHub({ clock: this.clock });

  /** Starts a server whose tokens these variables decide. */
  async start(name: string, variables: Environment) {
    const logger = new RecordingLogger();
    const node = new ClusterPubSub({ bus: this.#hub.connect(), clock: this.clock, logger });
    onTestFinished(() => node.close());
    const auth = createAuth(parseEnv({ AUTH_MODE: "jwt", ...variables }), undefined, this.clock, silent);
    const rules = () => auth?.tokenRules("trading:") ?? tokenRulesOf({ mode: "none" }, "trading:");
    const peers = new Peers(node, name);
    const conflicts = new TokenConflicts(rules, logger);
    peers.onLook((all) => conflicts.compare(all));
    peers.start({ tokens: rules, revocations: () => "" });
    await this.#pass(500);
    const errors = () => logger.entries.flatMap(({ level, message }) => (level === "error" ? [message] : []));
    return { auth, node, conflicts, errors };
  }

  look(): Promise<void> {
    return this.#pass(LOOK_MS + TICK_MS);
  }

  /** Lets time pass, and what was sent arrive after each tick. */
  async #pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      await this.clock.advanceAsync(TICK_MS);
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe("servers of a cluster on a bus in memory", () => {
  test("with different secrets name each other, and only the one that has come later is refused", async () => {
    const servers = new Servers();
    const first = await servers.start("alpha:8000", { JWT_SECRET: OLD });
    const second = await servers.start("beta:8000", { JWT_SECRET: NEW });
    await servers.look();
    const about = (name: string) =>
      `The server ${name} of this cluster has another JWT_SECRET, so that one refuses tokens which the other accepts: set the same one on all servers, and the former one as JWT_SECRET_PREVIOUS on all of them while you replace it`;
    expect(first.conflicts.problem).toEqual({ reason: about("beta:8000"), isRefused: false });
    expect(second.conflicts.problem).toEqual({ reason: about("alpha:8000"), isRefused: true });
    await servers.look();
    // One line for each, however often they look.
    expect([first.errors(), second.errors()]).toEqual([[about("beta:8000")], [about("alpha:8000")]]);
    await first.node.close();
    await servers.look();
    expect(second.conflicts.problem).toBe(undefined);
  });

  test("with one secret in common are compatible, so that it can be replaced on one after the other", async () => {
    const servers = new Servers();
    const first = await servers.start("alpha", { JWT_SECRET: OLD });
    const second = await servers.start("beta", { JWT_SECRET: NEW, JWT_SECRET_PREVIOUS: OLD });
    await servers.look();
    expect([first.conflicts.size, second.conflicts.size]).toEqual([0, 0]);
    // As on SIGHUP: the change is published at the next look.
    first.auth?.prepare(parseEnv({ AUTH_MODE: "jwt", JWT_SECRET: NEW, JWT_SECRET_PREVIOUS: OLD }))();
    second.auth?.prepare(parseEnv({ AUTH_MODE: "jwt", JWT_SECRET: NEW }))();
    await servers.look();
    await servers.look();
    expect([first.conflicts.size, second.conflicts.size]).toEqual([0, 0]);
    second.auth?.prepare(parseEnv({ AUTH_MODE: "jwt", JWT_SECRET: "x".repeat(32) }))();
    await servers.look();
    await servers.look();
    expect([first.conflicts.problem?.isRefused, second.conflicts.problem?.isRefused]).toEqual([false, false]);
  });

  test("publish neither a secret nor a hash that is the same in another cluster", () => {
    const rules = (salt: string) => tokenRulesOf({ mode: "jwt", secrets: [OLD] }, salt);
    expect(JSON.stringify(rules("a:"))).not.toContain(OLD);
    expect(rules("a:").keys).not.toEqual(rules("b:").keys);
    expect(rules("a:").keys).toEqual(rules("a:").keys);
  });
});

describe("the variable in conflict", () => {
  const folder = mkdtempSync(join(tmpdir(), "keys-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, ...keys: string[]) => {
    writeFileSync(
      join(folder, name),
      JSON.stringify({ keys: keys.map((n) => ({ kid: name, kty: "RSA", n, e: "AQAB" })) }),
    );
    return join(folder, name);
  };
  const demo = (secret: string) => tokenRulesOf({ mode: "demo", secrets: [secret] }, "");
  const jwt = (settings: object = { secrets: [OLD] }) =>
    tokenRulesOf({ mode: "jwt", algorithms: ["HS256"], ...settings }, "");
  test.each([
    ["none, for the same", jwt(), jwt(), undefined],
    ["the mode", jwt(), demo(OLD), "AUTH_MODE"],
    ["no authentication", jwt(), tokenRulesOf({ mode: "none" }, ""), "AUTH_MODE"],
    ["the demo secret", demo(OLD), demo(NEW), "DEMO_SECRET"],
    ["a secret and public keys", jwt(), jwt({ keyFile: file("1", "a") }), "JWT_SECRET"],
    ["other public keys", jwt({ keyFile: file("2", "a") }), jwt({ keyFile: file("3", "b") }), "JWKS_FILE"],
    ["a common public key", jwt({ keyFile: file("4", "a", "b") }), jwt({ keyFile: file("5", "b", "c") }), undefined],
    ["keys that are not known", jwt({ keyFile: file("6", "a") }), jwt({}), undefined],
    ["the algorithms", jwt(), jwt({ secrets: [OLD], algorithms: ["HS512"] }), "JWT_ALGORITHMS"],
    ["the issuer", jwt(), jwt({ secrets: [OLD], issuer: "i" }), "JWT_ISSUER"],
    ["the audience", jwt(), jwt({ secrets: [OLD], audience: "a" }), "JWT_AUDIENCE"],
  ])("is found: %s", (_name, mine, other, variable) => {
    expect([conflictingVariable(mine, other), conflictingVariable(other, mine)]).toEqual([variable, variable]);
  });
});

describe.skipIf(!hasRedis)("servers of a cluster on Redis", () => {
  test("with different secrets say so in readiness, and only the one that has come later is not ready", async () => {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.stop());
    const first = await startServer({ REDIS_URL: redis.url, JWT_SECRET: OLD });
    const second = await startServer({ REDIS_URL: redis.url, JWT_SECRET: NEW });
    first.peers?.publish();
    await first.logged("another JWT_SECRET");
    const reason = expect.stringMatching(/^The server \S+:0 of this cluster has another JWT_SECRET, /);
    expect(await first.readiness()).toMatchObject([200, { state: "serving", cluster: reason }]);
    expect(await second.readiness()).toMatchObject([503, { state: "serving", cluster: reason }]);
    const third = await startServer({ REDIS_URL: redis.url, JWT_SECRET: OLD });
    expect(await third.readiness()).toMatchObject([503, { cluster: reason }]);
    const metrics = await (await fetch(`${third.monitoring}/metrics`)).text();
    expect(metrics).toMatch(/^trading_cluster_token_conflicts 1$/m);
  });
});
