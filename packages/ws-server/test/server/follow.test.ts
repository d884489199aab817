import { type Bar, bars, trades } from "@trading/topic";
import { describe, expect, onTestFinished, test } from "vitest";
import { createServer, defineModule, type EndReason, SourceError, serve, type TopicListener } from "../../src/index.js";
import { ManualClock, RecordingLogger, ScriptedSource } from "../../src/testing/index.js";
import { AAPL, bar, trade } from "../helpers/data.js";
import { deferred, turns, until } from "../helpers/event-loop.js";
import { FakeSource } from "../helpers/server.js";

const MSFT = { symbol: "MSFT" };

function setup() {
  const source = new FakeSource();
  const tradeSource = new ScriptedSource<never, never>();
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const routes = [serve(bars, source), serve(trades, tradeSource as never)];
  const modules = [defineModule({ name: "datafeed", version: "1", routes })];
  const server = createServer({ title: "", version: "", modules, clock, logger, lingerMs: 0 });
  onTestFinished(() => server.close());
  return { server, source, tradeSource, clock, logger };
}

class RecordingListener implements TopicListener<Bar> {
  readonly calls: string[] = [];

  onUpdate({ time, close }: Bar): void {
    this.calls.push(`update ${time} ${close}`);
  }

  onCurrent(): void {
    this.calls.push("current");
  }

  onGap(): void {
    this.calls.push("gap");
  }

  onEnded({ code }: { readonly code: string }): void {
    this.calls.push(`ended ${code}`);
  }

  /** The calls since the last time. */
  get next(): string[] {
    return this.calls.splice(0).map((call) => call.split(" ").slice(0, 2).join(" "));
  }
}

describe("server.follow", () => {
  test("passes on the current state, and then each update, until it is stopped", async () => {
    const { server, source } = setup();
    source.onCreate = (_topic, publish) => void [bar(1), bar(2)].map(publish);
    const listener = new RecordingListener();
    const stop = server.follow(bars, AAPL, listener);
    await until(() => listener.calls.length === 2);
    const { time } = bar(2);
    expect(listener.next).toEqual([`update ${time}`, "current"]);
    source.publish(bar(3));
    expect(listener.next).toEqual([`update ${bar(3).time}`]);
    stop();
    stop();
    source.publish(bar(4));
    expect(listener.next).toEqual([]);
    await until(() => server.counts().topics === 0);
  });

  test("subscribes again when the topic has ended, and reports the gap", async () => {
    const { server, source, clock } = setup();
    source.onCreate = (_topic, publish) => void publish(bar(1));
    const listener = new RecordingListener();
    server.follow(bars, AAPL, listener);
    await until(() => listener.calls.length === 2);
    listener.calls.length = 0;
    source.end();
    await until(() => server.counts().topics === 0);
    expect(listener.next).toEqual([]);
    clock.advance(50);
    await until(() => listener.calls.length === 3);
    expect(listener.next).toEqual(["gap", `update ${bar(1).time}`, "current"]);
  });

  test("subscribes again when the source does not start, less and less often", async () => {
    const { server, source, clock } = setup();
    source.onCreate = () => {
      throw new Error("down");
    };
    const listener = new RecordingListener();
    server.follow(bars, AAPL, listener);
    for (const [attempts, delayMs] of [50, 200, 1_000, 5_000, 5_000].entries()) {
      await until(() => source.count("create") === attempts + 1);
      await turns();
      clock.advance(delayMs - 1);
      await turns();
      expect(source.count("create")).toBe(attempts + 1);
      clock.advance(1);
    }
    expect(listener.calls).toEqual([]);
  });

  test("notifies of each interruption with its reason, before it subscribes again", async () => {
    const { server, source } = setup();
    const listener = new RecordingListener();
    const reasons: EndReason[] = [];
    server.follow(bars, AAPL, {
      onUpdate: (update) => listener.onUpdate(update),
      onCurrent: () => listener.onCurrent(),
      onInterrupted: (reason) => void reasons.push(reason),
    });
    await until(() => listener.calls.length === 1);
    source.end(undefined, new SourceError("feed_lost", "The feed is down", { retryable: true }));
    expect(reasons).toMatchObject([{ code: "feed_lost", message: "The feed is down", retryable: true }]);
  });

  test("ends with an error that is not retryable", async () => {
    const { server, source } = setup();
    source.onCreate = () => {
      throw new SourceError("unknown_symbol", "Unknown symbol");
    };
    const listener = new RecordingListener();
    server.follow(bars, AAPL, listener);
    await until(() => listener.calls.length > 0);
    expect(listener.next).toEqual(["ended unknown_symbol"]);
  });

  test("survives a listener that throws", async () => {
    const { server, source, logger } = setup();
    const received: number[] = [];
    server.follow(bars, AAPL, {
      onUpdate({ time }) {
        received.push(time);
        throw new Error("broken listener");
      },
    });
    await until(() => source.count("create") === 1);
    await turns();
    for (const number of [1, 2]) source.publish(bar(number));
    expect(received).toHaveLength(2);
    expect(logger.entries.map(({ message }) => message)).toEqual(
      new Array(2).fill("onUpdate of a topic's listener threw"),
    );
  });

  test("ends when the server closes", async () => {
    const { server, source } = setup();
    const [listener, stopped] = [new RecordingListener(), new RecordingListener()];
    server.follow(bars, AAPL, listener);
    const stop = server.follow(bars, AAPL, stopped);
    await until(() => listener.calls.length + stopped.calls.length === 2);
    stop();
    await server.close();
    expect([listener.next, stopped.next]).toEqual([["current", "ended closed"], ["current"]]);
    expect(source.count("remove")).toBe(1);
    expect(() => server.follow(bars, AAPL, new RecordingListener())).toThrow("closed");
  });
});

describe("server.read", () => {
  test("returns the state that a new subscriber gets, and leaves nothing running", async () => {
    const { server, source } = setup();
    source.onCreate = (_topic, publish) => void [bar(1), bar(2)].map(publish);
    expect(await server.read(bars, AAPL)).toEqual([bar(2)]);
    await until(() => server.counts().topics === 0);
    expect(source.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove"]);
  });

  test("returns nothing of a log, whose new subscribers get new updates only", async () => {
    const { server, tradeSource } = setup();
    server.follow(trades, MSFT, { onUpdate() {} });
    await until(() => tradeSource.count("create") === 1);
    tradeSource.publish(trade(1) as never);
    expect(await server.read(trades, MSFT)).toEqual([]);
  });

  test("rejects with the source's error, after the time limit, and for an unknown route", async () => {
    const { server, source, clock } = setup();
    const start = deferred();
    source.onCreate = () => start.promise;
    const slow = server.read(bars, AAPL);
    await until(() => source.count("create") === 1);
    clock.advance(2_500);
    await expect(slow).rejects.toMatchObject({ code: "source_unavailable", retryable: true });
    expect(source.signals[0]?.aborted).toBe(true);
    start.resolve();
    await expect(server.read({ ...bars, name: "other" }, AAPL)).rejects.toMatchObject({ code: "unknown_route" });
  });
});
