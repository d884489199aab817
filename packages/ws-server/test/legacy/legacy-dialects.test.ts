import { bars, executions, orders, quotes } from "@trading/topic";
import { describe, expect, onTestFinished, test } from "vitest";
import { createServer, defineModule, type ServerOptions, SourceError, serve } from "../../src/index.js";
import { ManualClock, MemoryClient, RecordingLogger, ScriptedSource } from "../../src/testing/index.js";
import { AAPL, bar } from "../helpers/data.js";
import { until } from "../helpers/event-loop.js";
import { DEVIATIONS } from "./deviations.js";
import { type Recording, recordings } from "./recordings.js";
import { replay, withoutPositions } from "./replay.js";

/** The modules of the legacy system, with a source that publishes the updates of a recording. */
function start(recording?: Recording, more: Partial<ServerOptions> = {}) {
  const source = new ScriptedSource<never, never>();
  const clock = new ManualClock();
  const datafeed = [serve(bars, source), serve(quotes, source)];
  const broker = [serve(executions, source), serve(orders, source)];
  const server = createServer({
    title: "Test",
    version: "1",
    modules: [
      defineModule({ name: "datafeed", version: "1", routes: datafeed }),
      defineModule({ name: "broker", version: "1", routes: broker }),
    ],
    clock,
    logger: new RecordingLogger(),
    random: { fraction: () => 0, id: () => "id" },
    authorize: () => true,
    lingerMs: 0,
    heartbeatIntervalMs: (recording?.heartbeatInterval ?? 30) * 1_000,
    maxConnectionLifespanMs: (recording?.maxConnectionLifespan ?? 3_600) * 1_000,
    ...more,
  });
  onTestFinished(() => server.close());
  return { server, source, clock };
}

/** The canonical topic of the same stream. */
function canonical(topic: string): string {
  const [, symbol, resolution] = /^bars:([^{].*):([^:]*)$/s.exec(topic) ?? [];
  return symbol === undefined ? topic : bars.buildTopic({ symbol, resolution: resolution as "1" });
}

describe("the messages recorded with FastWS get the same replies", () => {
  test.each(recordings())("$name: $about", async (recording) => {
    const { server, source, clock } = start(recording);
    const { url } = await server.listen();
    const differences = await replay(recording, {
      url: url.slice(0, url.indexOf("/api")),
      normalise: withoutPositions,
      deviations: DEVIATIONS[recording.name] ?? [],
      wait: (seconds) => clock.advance(seconds * 1_000),
      publish: (topic, update) => {
        if (source.publishers.has(canonical(topic))) source.publish(update as never, canonical(topic));
      },
    });
    expect(differences).toEqual([]);
  });

  test("every deviation belongs to a recording", () => {
    const names = recordings().map(({ name }) => name);
    expect(Object.keys(DEVIATIONS).filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe("the legacy dialect of bars", () => {
  const OLD = { symbol: "AAPL", params: { resolution: "1" } };
  const CANONICAL = bars.buildTopic(AAPL);

  function connect(more: Partial<ServerOptions> = {}) {
    const { server, source, clock } = start(undefined, more);
    const client = MemoryClient.connect(server, { protocol: "base" });
    const types = () => client.messages.map(({ type, payload }) => [type, (payload as { topic?: string }).topic]);
    return { server, source, clock, client, types };
  }

  test("shares its source with the current dialect, and an unsubscribe of one does not end the other", async () => {
    const { server, source, client, types } = connect();
    client.subscribe("bars", OLD);
    await client.next();
    client.subscribe("bars", AAPL);
    await client.next();
    expect(source.calls).toEqual([`create ${CANONICAL}`]);

    source.publish(bar(1) as never, CANONICAL);
    await client.next();
    await client.next();
    client.unsubscribe("bars", AAPL);
    await client.next();
    source.publish(bar(2) as never, CANONICAL);
    await client.next();
    client.unsubscribe("bars", OLD);
    await client.next();
    expect(types()).toEqual([
      ["bars.subscribe.response", "bars:AAPL:1"],
      ["bars.subscribe.response", CANONICAL],
      ["bars.update", undefined],
      ["bars.update", CANONICAL],
      ["bars.unsubscribe.response", CANONICAL],
      ["bars.update", undefined],
      ["bars.unsubscribe.response", "bars:AAPL:1"],
    ]);
    expect(client.messages[2]?.payload).toEqual(bar(1));
    await until(() => server.counts().topics === 0);
    expect(source.calls).toEqual([`create ${CANONICAL}`, `remove ${CANONICAL}`]);
    expect(server.stats().routes.find(({ route }) => route === "bars")).toMatchObject({ published: 2, delivered: 3 });
  });

  test("does not prevent a server with lingering topics from closing", async () => {
    const { server, source, client } = connect({ lingerMs: 30_000 });
    client.subscribe("bars", OLD);
    await client.next();
    await server.close();
    expect(source.calls).toEqual([`create ${CANONICAL}`, `remove ${CANONICAL}`]);
    expect(server.counts()).toEqual({ connections: 0, topics: 0, subscriptions: 0 });
  });

  test("aborts a slow start when no subscriber waits for it", async () => {
    for (const leave of ["timeout", "close"] as const) {
      const { server, source, clock, client } = connect();
      source.onCreate = (_topic, _publish, signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
      client.subscribe("bars", OLD);
      await until(() => source.calls.length === 1);
      if (leave === "timeout") {
        clock.advance(2_500);
        expect((await client.next()).payload).toMatchObject({ status: "error", code: "source_unavailable" });
      } else await server.close();
      await until(() => server.counts().topics === 0);
      expect(source.signals.map(({ aborted }) => aborted)).toEqual([true]);
      expect(server.counts().subscriptions).toBe(0);
    }
  });

  test("passes on the source's error message on a refusal and on an end", async () => {
    const { source, client } = connect();
    source.onCreate = () => {
      throw new SourceError("unknown_symbol", "There is no AAPL here.");
    };
    client.subscribe("bars", OLD);
    expect((await client.next()).payload).toEqual({
      status: "error",
      symbol: "AAPL",
      message: "There is no AAPL here.",
      topic: "bars:AAPL:1",
      code: "unknown_symbol",
    });
    source.onCreate = () => {};
    client.subscribe("bars", OLD);
    await client.next();
    source.end(CANONICAL);
    expect((await client.closed).code).toBe(1013);
  });

  test("is refused like any unknown message when disabled, and so is executions without a symbol", async () => {
    for (const [type, payload] of [
      ["bars.subscribe", OLD],
      ["executions.subscribe", { accountId: "TEST-001" }],
    ] as const) {
      const { client } = connect({ legacyDialects: false });
      client.send({ type, payload });
      expect(await client.closed).toEqual({ code: 1003, reason: "Could not validate payload" });
    }
  });
});
