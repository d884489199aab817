import { bars, defineRoute, type Position } from "@trading/topic";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { ClusterPubSub, MemoryHub } from "../../src/cluster/index.js";
import { createServer, defineModule, serve } from "../../src/index.js";
import { MemoryClient, RecordingLogger } from "../../src/testing/index.js";
import { AAPL, bar } from "../helpers/data.js";
import { turns, until } from "../helpers/event-loop.js";
import { FakeSource } from "../helpers/server.js";

/** A server of a cluster, with its source. */
function startServer(hub: MemoryHub, route: typeof bars = bars) {
  const logger = new RecordingLogger();
  const source = new FakeSource();
  const pubSub = new ClusterPubSub({ bus: hub.connect(), logger });
  const modules = [defineModule({ name: "datafeed", version: "1", routes: [serve(route, source)] })];
  const server = createServer({ title: "", version: "", modules, logger, pubSub, lingerMs: 0 });
  onTestFinished(async () => {
    await server.close();
    await pubSub.close();
  });
  const subscribe = async (payload: unknown, resume?: Position) => {
    const client = MemoryClient.connect(server);
    const payloads = (wanted: string) =>
      client.messages.flatMap(({ type, payload: sent }) => (type === wanted ? [sent] : []));
    client.subscribe("bars", payload, resume && { resume });
    await until(() => payloads("bars.subscribe.response").length > 0);
    const [reply] = payloads("bars.subscribe.response") as [Position & { readonly recovered?: boolean }];
    return { client, reply, payloads };
  };
  return { server, source, logger, subscribe };
}

function startTwo() {
  const hub = new MemoryHub();
  return { one: startServer(hub), other: startServer(hub) };
}

describe("two servers of a cluster", () => {
  test("run one source, and their clients get the same updates and resume on either", async () => {
    const { one, other } = startTwo();
    const first = await one.subscribe(AAPL);
    one.source.publish(bar(1));
    const second = await other.subscribe(AAPL);
    one.source.publish(bar(2));
    await until(() => second.payloads("bars.update").length === 2);
    expect(second.payloads("bars.update")).toEqual(first.payloads("bars.update"));
    expect([one.source.count("create"), other.source.count("create")]).toEqual([1, 0]);
    const resumed = await other.subscribe(AAPL, { epoch: first.reply.epoch, offset: 1 });
    expect(resumed.reply).toMatchObject({ epoch: first.reply.epoch, offset: 1, recovered: true });
    await until(() => resumed.payloads("bars.update").length === 1);
  });

  test("publish from outside on either, and drop what is invalid or has no owner", async () => {
    const { one, other } = startTwo();
    const { payloads } = await one.subscribe(AAPL);
    expect(other.server.publish(bars, AAPL, bar(1))).toBe(true);
    await until(() => payloads("bars.update").length === 1);
    expect(other.server.publish(bars, AAPL, { time: "now" } as never)).toBe(false);
    expect(other.server.publish(bars, { ...AAPL, symbol: "NONE" }, bar(1))).toBe(true);
    await until(() => other.server.stats().routes[0]?.dropped === 2);
    expect(payloads("bars.update")).toHaveLength(1);
  });

  test("serve legacy topics each from the canonical topic", async () => {
    const { one, other } = startTwo();
    const legacy = { symbol: "AAPL", params: { resolution: "1" } };
    const [first, second] = [await one.subscribe(legacy), await other.subscribe(legacy)];
    one.source.publish(bar(1));
    await until(() => [first, second].every(({ payloads }) => payloads("bars.update").length === 1));
    expect([one.source.count("create"), other.source.count("create")]).toEqual([1, 0]);
  });

  test("follow and read topics of each other", async () => {
    const { one, other } = startTwo();
    await one.subscribe(AAPL);
    one.source.publish(bar(1));
    expect(await other.server.read(bars, AAPL)).toEqual([bar(1)]);
    const received: number[] = [];
    other.server.follow(bars, AAPL, { onUpdate: ({ time }) => void received.push(time) });
    await until(() => received.length === 1);
    one.source.publish(bar(2));
    await until(() => received.length === 2);
    await turns();
    expect(received).toEqual([bar(1).time, bar(2).time]);
    expect(other.source.calls).toEqual([]);
  });

  test("do not follow each other's topics of a route that has another schema, and say so", async () => {
    const hub = new MemoryHub();
    const one = startServer(hub);
    const otherBars = defineRoute({
      name: "bars",
      access: "public",
      summary: "Bars",
      params: z.object({ symbol: z.string(), resolution: z.string() }),
      update: z.object({ time: z.int(), price: z.number() }),
      key: "time",
      snapshot: "current",
    });
    const other = startServer(hub, otherBars as never);
    const { payloads } = await one.subscribe(AAPL);
    const refused = await other.subscribe(AAPL);
    expect(refused.reply).toMatchObject({
      code: "other_schema",
      message: expect.stringMatching(/has another version of the route "bars": run the same version on all servers$/),
      retryable: true,
    });
    one.source.publish(bar(1));
    await until(() => payloads("bars.update").length === 1);
    expect(refused.payloads("bars.update")).toEqual([]);
    await other.subscribe(AAPL);
    const warnings = one.logger.entries.filter(({ level }) => level === "warn");
    expect(warnings).toEqual([
      expect.objectContaining({
        message: "Another server has another version of a route",
        fields: { node: "node-2", route: "bars" },
      }),
    ]);
  });

  test("follow each other's topics of a route whose descriptions differ", async () => {
    const hub = new MemoryHub();
    const described = (text: string) =>
      defineRoute({
        name: "bars",
        access: "public",
        summary: "Bars",
        params: z.object({ symbol: z.string(), resolution: z.string() }),
        update: z.object({ time: z.int().describe(text), description: z.string().optional() }),
        key: "time",
        snapshot: "current",
      }) as never;
    await startServer(hub, described("old")).subscribe(AAPL);
    const { reply } = await startServer(hub, described("new")).subscribe(AAPL);
    expect(reply.epoch).toEqual(expect.any(String));
  });

  test("end the topics of a server that closes as moved, and start them on the other", async () => {
    const { one, other } = startTwo();
    await one.subscribe(AAPL);
    const { payloads, reply } = await other.subscribe(AAPL);
    await one.server.close();
    await until(() => payloads("subscription.ended").length === 1);
    expect(payloads("subscription.ended")).toEqual([expect.objectContaining({ code: "moved", retryable: true })]);
    const again = await other.subscribe(AAPL);
    expect(again.reply.epoch).not.toBe(reply.epoch);
    expect(other.source.count("create")).toBe(1);
  });
});
