import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bars } from "@trading/topic/shapes";
import { createClient } from "@trading/ws-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { SampleProxy, URL_BEHIND_PROXY } from "../../src/proxies/proxy.mjs";
import { PROXIES, sample } from "../../src/proxies/samples.mjs";
import { ServerProcess } from "../../src/proxies/server-process.mjs";
import { findTool } from "../../src/tools.mjs";

const CLIENTS = 20;

async function startServer(environment: Record<string, string>): Promise<ServerProcess> {
  const server = new ServerProcess(environment);
  onTestFinished(() => server.kill());
  await server.start();
  return server;
}

describe.skipIf(findTool("nginx") === undefined)("behind nginx with the sample's configuration", () => {
  test("two servers restart one after the other without a failed connect", async () => {
    const servers = await Promise.all([startServer({ DRAIN_MS: "1000" }), startServer({ DRAIN_MS: "0" })]);
    const [first, second] = servers as [ServerProcess, ServerProcess];
    const proxy = await SampleProxy.start("nginx", servers);
    onTestFinished(() => proxy.stop());
    let failed = 0;
    const WebSocket = proxy.socketClass((isOpen) => {
      if (!isOpen) failed++;
    });
    /** Number of times that a client has subscribed to its topic. */
    const subscribed = Array.from({ length: CLIENTS }, () => 0);
    const lost: string[] = [];
    let changed = () => {};
    const clients = subscribed.map((_, index) => {
      const client = createClient({ url: URL_BEHIND_PROXY, WebSocket, onError: () => {} });
      onTestFinished(() => client.close());
      client.onState(({ status, reason }) => {
        if (status === "connecting" && reason.startsWith("Connection lost")) lost.push(reason);
      });
      client.tap((event) => {
        if (event.kind !== "received" || !event.frame.includes("bars.subscribe.response")) return;
        subscribed[index] = (subscribed[index] as number) + 1;
        changed();
      });
      client.subscribe(bars, { symbol: "AAPL", resolution: "1" }, () => {});
      return client;
    });
    const connections = async (server: ServerProcess) => {
      const reply = await fetch(`http://127.0.0.1:${server.port}/api/v1/health`);
      return ((await reply.json()) as { connections: number }).connections;
    };
    const until = async (isTrue: () => boolean) => {
      while (!isTrue()) {
        await new Promise<void>((resolve) => {
          changed = resolve;
        });
      }
    };
    await until(() => subscribed.every((times) => times === 1));
    const moving = await connections(first);
    expect(moving).toBeGreaterThan(0);
    expect(moving + (await connections(second))).toBe(CLIENTS);

    // With a drain, clients move while they are connected.
    expect(await first.stop()).toBe(0);
    await until(() => subscribed.reduce((sum, times) => sum + times) === CLIENTS + moving);
    expect([failed, lost]).toEqual([0, []]);

    // Without one they are closed, and reconnect to the other server.
    await first.start();
    expect(await second.stop()).toBe(0);
    await until(() => subscribed.reduce((sum, times) => sum + times) === 2 * CLIENTS + moving);
    expect(failed).toBe(0);
    expect(await connections(first)).toBe(CLIENTS);
    expect(clients.map(({ state }) => state.status)).toEqual(clients.map(() => "connected"));
  });
});

describe("the samples of proxies", () => {
  const names = (["nginx", "haproxy", "caddy"] as const).filter((name) => findTool(name) !== undefined);

  test.each(names)("%s accepts its configuration", (name) => {
    const folder = mkdtempSync(join(tmpdir(), "sample-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const place = { folder, socket: join(folder, "socket"), config: join(folder, "config") };
    writeFileSync(place.config, PROXIES[name].configure(sample(name), place, [{ port: 1, metricsPort: 2 }]));
    const { status, stderr, stdout } = spawnSync(findTool(name) ?? "", PROXIES[name].check(place), {
      encoding: "utf8",
    });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
});
