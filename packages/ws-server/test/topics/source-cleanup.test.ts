import { type Bar, bars, type ParamsOf } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { jsonCodec, MemoryPubSub, type Publish, SourceError, serve, type TopicSource } from "../../src/index.js";
import { ManualClock, RecordingLogger } from "../../src/testing/index.js";
import { TopicRegistry } from "../../src/topics/topic-registry.js";
import { AAPL } from "../helpers/data.js";
import { turns } from "../helpers/event-loop.js";
import { FakeSubscriber } from "../helpers/topic-registry.js";

type BarSource = TopicSource<ParamsOf<typeof bars>, Bar>;

/** Serves a source that records its calls, and returns functions that subscribe to it. */
function setup(source: (calls: string[]) => BarSource) {
  const calls: string[] = [];
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const pubSub = new MemoryPubSub({ clock, logger });
  const registry = new TopicRegistry({ clock, logger, codec: jsonCodec, pubSub, lingerMs: 0 });
  const topic = serve(bars, source(calls)).topic(AAPL);
  const subscriber = new FakeSubscriber();
  const subscribe = () => registry.acquire(subscriber, topic);
  const unsubscribe = async () => {
    registry.release(subscriber, topic.name);
    await turns();
  };
  return { calls, logger, registry, subscribe, unsubscribe };
}

describe("the cleanup that createTopic returns", () => {
  test.each([
    ["a function", (cleanup: () => void) => cleanup],
    ["a promise of a function", (cleanup: () => void) => Promise.resolve(cleanup)],
  ])("is called once, after the signal has aborted and the last subscriber has left: %s", async (_, wrap) => {
    const { calls, subscribe, unsubscribe, registry } = setup((log) => ({
      createTopic: (_topic, _params, _publish, signal) =>
        wrap(() => void log.push(`cleanup, aborted: ${signal.aborted}`)),
    }));
    await subscribe().started;
    await turns();
    expect(calls).toEqual([]);
    await unsubscribe();
    await registry.close();
    expect(calls).toEqual(["cleanup, aborted: true"]);
    expect(registry.topics).toBe(0);
  });

  test("is called for the start that returned it", async () => {
    let starts = 0;
    const { calls, subscribe, unsubscribe } = setup((log) => ({
      createTopic() {
        const start = ++starts;
        return () => void log.push(`cleanup ${start}`);
      },
    }));
    for (let round = 0; round < 2; round++) {
      await subscribe().started;
      await unsubscribe();
    }
    expect(calls).toEqual(["cleanup 1", "cleanup 2"]);
  });

  test("is called when the start resolves after its last subscriber has abandoned the topic", async () => {
    let resolveStart = (_cleanup: () => void) => {};
    const { calls, subscribe, registry } = setup(() => ({
      createTopic: () =>
        new Promise((resolve) => {
          resolveStart = resolve;
        }),
    }));
    const subscription = subscribe();
    await turns();
    registry.abandon(subscription, new SourceError("source_unavailable", "too late"));
    await turns();
    expect(calls).toEqual([]);
    resolveStart(() => void calls.push("cleanup"));
    await turns();
    expect(calls).toEqual(["cleanup"]);
  });

  test("is called when the source ends its topic itself", async () => {
    let publisher: Publish<Bar> | undefined;
    const { calls, subscribe } = setup((log) => ({
      createTopic(_topic, _params, publish) {
        publisher = publish;
        return () => void log.push("cleanup");
      },
    }));
    await subscribe().started;
    publisher?.end();
    publisher?.end();
    await turns();
    expect(calls).toEqual(["cleanup"]);
  });

  test("is called before removeTopic, which waits for it", async () => {
    const { calls, subscribe, unsubscribe } = setup((log) => ({
      createTopic: () => async () => {
        log.push("cleanup begins");
        await turns();
        log.push("cleanup ends");
      },
      removeTopic: () => void log.push("removeTopic"),
    }));
    await subscribe().started;
    await unsubscribe();
    await turns();
    expect(calls).toEqual(["cleanup begins", "cleanup ends", "removeTopic"]);
  });

  test("delays the next start of its topic until it has settled", async () => {
    let resolveCleanup = () => {};
    const { calls, subscribe, unsubscribe } = setup((log) => ({
      createTopic() {
        log.push("createTopic");
        return () =>
          new Promise<void>((resolve) => {
            resolveCleanup = resolve;
          });
      },
    }));
    await subscribe().started;
    await unsubscribe();
    const second = subscribe();
    await turns();
    expect(calls).toEqual(["createTopic"]);
    resolveCleanup();
    await second.started;
    expect(calls).toEqual(["createTopic", "createTopic"]);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    ["rejects", () => Promise.reject(new Error("broken"))],
  ])("is logged when it %s, and removeTopic is still called", async (_, cleanup) => {
    const { calls, logger, subscribe, unsubscribe } = setup((log) => ({
      createTopic: () => cleanup,
      removeTopic: () => void log.push("removeTopic"),
    }));
    await subscribe().started;
    await unsubscribe();
    expect(calls).toEqual(["removeTopic"]);
    expect(logger.entries.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      "error: The cleanup of createTopic failed; the topic is treated as removed",
    ]);
    await subscribe().started;
  });

  test.each([
    [
      "throws",
      () => {
        throw new SourceError("unknown_symbol", "There is no such symbol.");
      },
    ],
    ["rejects", () => Promise.reject(new SourceError("unknown_symbol", "There is no such symbol."))],
  ])("does not exist when createTopic %s: removeTopic is not called either", async (_, createTopic) => {
    const { calls, subscribe, registry } = setup((log) => ({
      createTopic,
      removeTopic: () => void log.push("removeTopic"),
    }));
    await expect(subscribe().started).rejects.toThrow("There is no such symbol.");
    await registry.close();
    expect(calls).toEqual([]);
  });
});

test("a source without a cleanup and without removeTopic starts and ends", async () => {
  const { logger, registry, subscribe, unsubscribe } = setup(() => ({ createTopic() {} }));
  await subscribe().started;
  await unsubscribe();
  expect(registry.topics).toBe(0);
  expect(logger.entries).toEqual([]);
});
