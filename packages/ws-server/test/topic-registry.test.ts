import { bars } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { SourceError, serve } from "../src/index.js";
import type { Frame } from "../src/socket.js";
import type { Subscriber } from "../src/subscription.js";
import { ManualClock } from "../src/testing/index.js";
import { TopicRegistry } from "../src/topic-registry.js";
import { AAPL, AAPL_TOPIC, bar, deferred, FakeSource, MemoryLogger } from "./helpers.js";

class FakeSubscriber implements Subscriber {
  readonly frames: string[] = [];
  deliver(_topic: string, frame: Frame): void {
    this.frames.push(String(frame));
  }
}

function setup() {
  const source = new FakeSource();
  const clock = new ManualClock();
  const logger = new MemoryLogger();
  const registry = new TopicRegistry({ clock, logger, startTimeoutMs: 2_500 });
  const topic = serve(bars, source).topic(AAPL);
  const acquire = (subscriber: Subscriber) => registry.acquire(subscriber, topic);
  return { source, clock, logger, registry, acquire };
}

/** Lets everything that is ready run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** How a start ended: "started", or the code of its refusal. */
const outcome = (subscription: { started: Promise<void> }) =>
  subscription.started.then(
    () => "started",
    (error: SourceError) => `${error.code}: ${error.message}`,
  );

describe("starting", () => {
  test("concurrent first subscribers share one createTopic, and leave it together", async () => {
    const { source, registry, acquire } = setup();
    const start = deferred();
    source.onCreate = () => start.promise;
    const subscribers = [new FakeSubscriber(), new FakeSubscriber(), new FakeSubscriber()];
    const subscriptions = subscribers.map(acquire);
    await settle();
    start.resolve();
    expect(await Promise.all(subscriptions.map(outcome))).toEqual(["started", "started", "started"]);
    expect(source.count("create")).toBe(1);
    expect(registry.subscriptions).toBe(3);

    registry.release(subscribers[0] as Subscriber, AAPL_TOPIC);
    registry.release(subscribers[1] as Subscriber, AAPL_TOPIC);
    await settle();
    expect(source.count("remove")).toBe(0);
    registry.release(subscribers[2] as Subscriber, AAPL_TOPIC);
    await registry.idle();
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`, `remove ${AAPL_TOPIC}`]);
    expect(registry).toMatchObject({ topics: 0, subscriptions: 0 });
  });

  test("a start that fails refuses every waiter, leaves nothing, and is tried again by the next", async () => {
    const { source, registry, acquire, logger } = setup();
    const start = deferred();
    source.onCreate = () => start.promise;
    const waiting = [new FakeSubscriber(), new FakeSubscriber()].map(acquire);
    await settle();
    start.reject(new Error("password=hunter2"));
    expect(await Promise.all(waiting.map(outcome))).toEqual(
      Array(2).fill("source_unavailable: The source could not start"),
    );
    expect(logger.entries.map(({ level }) => level)).toEqual(["error"]);
    expect(source.publish(bar(0))).toBe(false);
    await registry.idle();
    expect(source.count("remove")).toBe(0);
    expect(registry).toMatchObject({ topics: 0, subscriptions: 0 });

    source.onCreate = () => {};
    expect(await outcome(acquire(new FakeSubscriber()))).toBe("started");
    expect(source.count("create")).toBe(2);
  });

  test("a SourceError is told in its own words, and is no fault to log", async () => {
    const { source, acquire, logger } = setup();
    source.onCreate = () => {
      throw new SourceError("unknown_symbol", "There is no AAPL here.");
    };
    expect(await outcome(acquire(new FakeSubscriber()))).toBe("unknown_symbol: There is no AAPL here.");
    expect(logger.entries).toEqual([]);
  });

  test("one that takes longer than 2.5 s is refused, counted from each request", async () => {
    const { source, registry, clock, acquire } = setup();
    const start = deferred();
    source.onCreate = () => start.promise;
    const first = acquire(new FakeSubscriber());
    clock.advance(1_000);
    const second = acquire(new FakeSubscriber());
    clock.advance(1_499);
    expect(registry.subscriptions).toBe(2);
    clock.advance(1);
    expect(await outcome(first)).toBe("source_unavailable: The source did not start in time");
    expect(registry.subscriptions).toBe(1);
    expect(source.signals[0]?.aborted).toBe(false);
    start.resolve();
    expect(await outcome(second)).toBe("started");
    clock.advance(10_000);
    expect(registry.subscriptions).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test("when nobody waits any more it is told by its signal, and the next one starts after it has settled", async () => {
    const { source, registry, clock, acquire } = setup();
    const start = deferred();
    source.onCreate = () => start.promise;
    const first = acquire(new FakeSubscriber());
    await settle();
    clock.advance(2_500);
    expect(await outcome(first)).toMatch("source_unavailable");
    expect(source.signals[0]?.aborted).toBe(true);

    source.onCreate = () => {};
    const second = acquire(new FakeSubscriber());
    await settle();
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`]);
    start.resolve();
    expect(await outcome(second)).toBe("started");
    expect(source.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove", "create"]);
    expect(registry).toMatchObject({ topics: 1, subscriptions: 1 });
  });
});

describe("leaving while it starts", () => {
  test("removes exactly once, after it has settled", async () => {
    const { source, registry, acquire } = setup();
    const start = deferred();
    source.onCreate = () => start.promise;
    const subscriber = new FakeSubscriber();
    const subscription = acquire(subscriber);
    await settle();
    registry.releaseAll(subscriber);
    registry.releaseAll(subscriber);
    expect(await outcome(subscription)).toMatch("unsubscribed");
    expect(source.count("remove")).toBe(0);
    start.resolve();
    await registry.idle();
    expect(source.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove"]);
    expect(registry).toMatchObject({ topics: 0, subscriptions: 0 });
  });

  test("removes nothing where the start then fails", async () => {
    const { source, registry, acquire } = setup();
    const start = deferred();
    source.onCreate = () => start.promise;
    const subscriber = new FakeSubscriber();
    acquire(subscriber);
    await settle();
    registry.release(subscriber, AAPL_TOPIC);
    start.reject(new Error("late"));
    await registry.idle();
    expect(source.count("remove")).toBe(0);
    expect(registry.topics).toBe(0);
  });

  test("and coming back before it has settled joins the same start", async () => {
    const { source, registry, acquire } = setup();
    const start = deferred();
    source.onCreate = () => start.promise;
    const subscriber = new FakeSubscriber();
    acquire(subscriber);
    await settle();
    registry.release(subscriber, AAPL_TOPIC);
    const again = acquire(subscriber);
    start.resolve();
    expect(await outcome(again)).toBe("started");
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`]);
  });

  test("coming back while it is being removed starts it anew, after that", async () => {
    const { source, registry, acquire } = setup();
    const removal = deferred();
    source.onRemove = () => removal.promise;
    const subscriber = new FakeSubscriber();
    await acquire(subscriber).started;
    registry.release(subscriber, AAPL_TOPIC);
    const again = acquire(subscriber);
    await settle();
    expect(source.count("create")).toBe(1);
    removal.resolve();
    expect(await outcome(again)).toBe("started");
    expect(source.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove", "create"]);
  });
});

describe("membership", () => {
  test("acquiring twice is one subscription", async () => {
    const { source, registry, acquire } = setup();
    const subscriber = new FakeSubscriber();
    const first = acquire(subscriber);
    expect(acquire(subscriber)).toBe(first);
    await first.started;
    first.open();
    expect(registry.subscriptions).toBe(1);
    source.publish(bar(0));
    expect(subscriber.frames).toHaveLength(1);
    registry.release(subscriber, AAPL_TOPIC);
    await registry.idle();
    expect(source.count("remove")).toBe(1);
  });

  test("a stranger's release touches nobody", async () => {
    const { source, registry, acquire } = setup();
    const subscriber = new FakeSubscriber();
    const subscription = acquire(subscriber);
    await subscription.started;
    subscription.open();
    registry.release(new FakeSubscriber(), AAPL_TOPIC);
    registry.release(subscriber, "bars:{}");
    expect(source.publish(bar(0))).toBe(true);
    expect(subscriber.frames).toHaveLength(1);
  });

  test("a removal that throws is logged, and the topic is removed all the same", async () => {
    const { source, registry, acquire, logger } = setup();
    source.onRemove = () => {
      throw new Error("no");
    };
    const subscriber = new FakeSubscriber();
    await acquire(subscriber).started;
    registry.release(subscriber, AAPL_TOPIC);
    await registry.idle();
    expect(registry.topics).toBe(0);
    expect(logger.entries).toHaveLength(1);
    expect(await outcome(acquire(subscriber))).toBe("started");
  });
});

describe("publishing", () => {
  test("waits for the subscription to open, then keeps its order", async () => {
    const { source, acquire } = setup();
    source.onCreate = (_topic, publish) => {
      for (const time of [1, 2, 3]) publish(bar(time));
    };
    const subscriber = new FakeSubscriber();
    const subscription = acquire(subscriber);
    await subscription.started;
    source.publish(bar(4));
    expect(subscriber.frames).toEqual([]);
    subscription.open();
    source.publish(bar(5));
    expect(subscriber.frames.map((frame) => JSON.parse(frame).payload.payload.time)).toEqual([1, 2, 3, 4, 5]);
  });

  test("after the removal is dropped, and says so", async () => {
    const { source, registry, acquire } = setup();
    const subscriber = new FakeSubscriber();
    const subscription = acquire(subscriber);
    await subscription.started;
    subscription.open();
    registry.release(subscriber, AAPL_TOPIC);
    expect(source.publish(bar(0))).toBe(false);
    expect(subscriber.frames).toEqual([]);
  });

  test("what its route refuses is dropped and logged, and harms nothing", async () => {
    const { source, acquire, logger } = setup();
    const subscriber = new FakeSubscriber();
    const subscription = acquire(subscriber);
    await subscription.started;
    subscription.open();
    expect(source.publish({ ...bar(0), close: Number.NaN })).toBe(false);
    expect(logger.entries).toHaveLength(1);
    expect(source.publish(bar(0))).toBe(true);
    expect(subscriber.frames).toHaveLength(1);
  });

  test("makes one frame that all subscribers share", async () => {
    const { source, acquire } = setup();
    const got: Frame[] = [];
    for (let index = 0; index < 3; index++) {
      const subscription = acquire({ deliver: (_topic, frame) => void got.push(frame) });
      await subscription.started;
      subscription.open();
    }
    source.publish(bar(0));
    expect(got).toHaveLength(3);
    expect(new Set(got).size).toBe(1);
  });
});
