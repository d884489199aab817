import { bars, type Position } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { jsonCodec, MemoryPubSub, SourceError, serve, systemRandom } from "../../src/index.js";
import { ManualClock } from "../../src/testing/index.js";
import type { Frame } from "../../src/topics/frame.js";
import type { Subscriber, Subscription } from "../../src/topics/subscription.js";
import { TopicRegistry } from "../../src/topics/topic-registry.js";
import { AAPL, AAPL_TOPIC, bar, deferred, FakeSource, MemoryLogger, until } from "../helpers/server.js";

/** A subscriber that accepts every frame, unless a test sets `hasRoom` to false. */
class FakeSubscriber implements Subscriber {
  readonly frames: Frame[] = [];
  readonly ends: string[] = [];
  readonly positions: Position[] = [];
  losses = 0;
  hasRoom = true;

  readonly sink = {
    take: (frame: Frame): boolean => {
      if (this.hasRoom) this.frames.push(frame);
      return this.hasRoom;
    },
    markLagging: (subscription: Subscription): void => void subscription.read(this.sink.take),
    discard: (): void => {},
    flush: (): void => {},
  };

  onCurrent(_subscription: Subscription, position: Position): void {
    this.positions.push(position);
  }

  onLost(): void {
    this.losses++;
  }

  onEnded(topic: string, { code }: { code: string }): void {
    this.ends.push(`${topic} ${code}`);
  }

  get texts(): string[] {
    return this.frames.map(({ text }) => text);
  }
}

function setup({ lingerMs = 0 } = {}) {
  const source = new FakeSource();
  const clock = new ManualClock();
  const logger = new MemoryLogger();
  const pubSub = new MemoryPubSub({ clock, logger });
  const services = { clock, logger, codec: jsonCodec, pubSub, random: systemRandom, lingerMs };
  const registry = new TopicRegistry(services);
  const topic = serve(bars, source).topic(AAPL);
  const acquire = (subscriber: Subscriber) => registry.acquire(subscriber, topic);
  /** Acquires the topic, and opens the subscription as a connection does once its reply is queued. */
  const hold = async (subscriber: Subscriber) => {
    const subscription = acquire(subscriber);
    await subscription.started;
    subscription.accept();
    subscription.open();
    return subscription;
  };
  const idle = () => until(() => registry.topics === 0);
  return { source, clock, logger, pubSub, registry, topic, acquire, hold, idle };
}

/** Lets all pending callbacks run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Returns "started", or the code and message of the error that the start was rejected with. */
const outcome = (subscription: { started: Promise<void> }) =>
  subscription.started.then(
    () => "started",
    (error: SourceError) => `${error.code}: ${error.message}`,
  );

describe("starting", () => {
  test("concurrent first subscribers share one createTopic, and leave it together", async () => {
    const { source, registry, acquire, idle } = setup();
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
    await idle();
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`, `remove ${AAPL_TOPIC}`]);
    expect(registry).toMatchObject({ topics: 0, subscriptions: 0 });
  });

  test("a failed start rejects every waiting subscriber, leaves no topic, and the next subscriber starts the source again", async () => {
    const { source, registry, acquire, logger, idle } = setup();
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
    await idle();
    expect(source.count("remove")).toBe(0);
    expect(registry).toMatchObject({ topics: 0, subscriptions: 0 });

    source.onCreate = () => {};
    expect(await outcome(acquire(new FakeSubscriber()))).toBe("started");
    expect(source.count("create")).toBe(2);
  });

  test("a SourceError is passed on with its own message, and is not logged", async () => {
    const { source, acquire, logger } = setup();
    source.onCreate = () => {
      throw new SourceError("unknown_symbol", "There is no AAPL here.");
    };
    expect(await outcome(acquire(new FakeSubscriber()))).toBe("unknown_symbol: There is no AAPL here.");
    expect(logger.entries).toEqual([]);
  });

  test("a start that one subscriber abandons continues for the other", async () => {
    const { source, registry, acquire } = setup();
    const start = deferred();
    source.onCreate = () => start.promise;
    const [first, second] = [acquire(new FakeSubscriber()), acquire(new FakeSubscriber())];
    await settle();
    registry.abandon(first, new SourceError("source_unavailable", "too slow"));
    expect(await outcome(first)).toBe("source_unavailable: too slow");
    expect(registry.subscriptions).toBe(1);
    expect(source.signals[0]?.aborted).toBe(false);
    start.resolve();
    expect(await outcome(second)).toBe("started");
    registry.abandon(second, new SourceError("source_unavailable", "too late to give up"));
    expect(registry.subscriptions).toBe(1);
  });

  test("a start without waiting subscribers is aborted by its signal, and the next one starts after it has settled", async () => {
    const { source, registry, acquire } = setup();
    const start = deferred();
    source.onCreate = () => start.promise;
    const first = acquire(new FakeSubscriber());
    await settle();
    registry.abandon(first, new SourceError("source_unavailable", "too slow"));
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

describe("releasing a topic while it starts", () => {
  test("removes the topic exactly once, after the start has settled", async () => {
    const { source, registry, acquire, idle } = setup();
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
    await idle();
    expect(source.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove"]);
    expect(registry).toMatchObject({ topics: 0, subscriptions: 0 });
  });

  test("does not remove the topic when the start fails", async () => {
    const { source, registry, acquire, idle } = setup();
    const start = deferred();
    source.onCreate = () => start.promise;
    const subscriber = new FakeSubscriber();
    acquire(subscriber);
    await settle();
    registry.release(subscriber, AAPL_TOPIC);
    start.reject(new Error("late"));
    await idle();
    expect(source.count("remove")).toBe(0);
    expect(registry.topics).toBe(0);
  });

  test("and acquiring it again before the start has settled joins the same start", async () => {
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

  test("acquiring it during its removal starts it again after the removal", async () => {
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
  test("acquiring a topic twice makes one subscription", async () => {
    const { source, registry, acquire, idle } = setup();
    const subscriber = new FakeSubscriber();
    const first = acquire(subscriber);
    expect(acquire(subscriber)).toBe(first);
    await first.started;
    first.accept();
    first.open();
    expect(registry.subscriptions).toBe(1);
    source.publish(bar(0));
    expect(subscriber.frames).toHaveLength(1);
    registry.release(subscriber, AAPL_TOPIC);
    await idle();
    expect(source.count("remove")).toBe(1);
  });

  test("releasing a topic that is not subscribed affects no other subscriber", async () => {
    const { source, registry, hold } = setup();
    const subscriber = new FakeSubscriber();
    await hold(subscriber);
    registry.release(new FakeSubscriber(), AAPL_TOPIC);
    registry.release(subscriber, "bars:{}");
    expect(source.publish(bar(0))).toBe(true);
    expect(subscriber.frames).toHaveLength(1);
  });

  test("a removal that throws is logged, and the topic is removed anyway", async () => {
    const { source, registry, acquire, logger, idle } = setup();
    source.onRemove = () => {
      throw new Error("no");
    };
    const subscriber = new FakeSubscriber();
    await acquire(subscriber).started;
    registry.release(subscriber, AAPL_TOPIC);
    await idle();
    expect(registry.topics).toBe(0);
    expect(logger.entries).toHaveLength(1);
    expect(await outcome(acquire(subscriber))).toBe("started");
  });
});

describe("lingering", () => {
  test("keeps the source and its retained updates for lingerMs", async () => {
    const { source, clock, registry, hold, idle } = setup({ lingerMs: 30_000 });
    const first = new FakeSubscriber();
    const { epoch } = (await hold(first)).run;
    source.publish(bar(1));
    registry.release(first, AAPL_TOPIC);
    clock.advance(29_999);
    expect(source.publish(bar(2))).toBe(true);
    const second = new FakeSubscriber();
    expect((await hold(second)).run.epoch).toBe(epoch);
    expect(second.texts).toHaveLength(1);
    expect(source.count("create")).toBe(1);

    registry.release(second, AAPL_TOPIC);
    clock.advance(30_000);
    await idle();
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`, `remove ${AAPL_TOPIC}`]);
    expect(clock.pending).toBe(0);
  });

  test("ends when the server closes", async () => {
    const { source, clock, registry, hold } = setup({ lingerMs: 30_000 });
    const subscriber = new FakeSubscriber();
    await hold(subscriber);
    registry.release(subscriber, AAPL_TOPIC);
    await registry.close();
    expect(source.count("remove")).toBe(1);
    expect(registry.topics).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe("a source that ends its topic", () => {
  test("is removed, and every subscriber is notified", async () => {
    const { source, registry, hold, idle } = setup();
    const subscribers = [new FakeSubscriber(), new FakeSubscriber()];
    for (const subscriber of subscribers) await hold(subscriber);
    source.end(AAPL_TOPIC, new SourceError("delisted", "AAPL is no more"));
    expect(subscribers.map(({ ends }) => ends)).toEqual([[`${AAPL_TOPIC} delisted`], [`${AAPL_TOPIC} delisted`]]);
    expect(source.publish(bar(1))).toBe(false);
    await idle();
    expect(source.count("remove")).toBe(1);
    expect(registry.subscriptions).toBe(0);
  });

  test("during its start rejects the waiting subscribers", async () => {
    const { source, acquire, idle } = setup();
    source.onCreate = (_topic, publish) => publish.end();
    expect(await outcome(acquire(new FakeSubscriber()))).toBe("source_ended: The source has ended this topic");
    await idle();
    expect(source.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove"]);
  });
});

describe("publishing", () => {
  test("waits for the subscription to open: a new subscriber gets the current bar, and then each update", async () => {
    const { source, acquire } = setup();
    source.onCreate = (_topic, publish) => {
      for (const time of [1, 2, 3]) publish(bar(time));
    };
    const subscriber = new FakeSubscriber();
    const subscription = acquire(subscriber);
    await subscription.started;
    source.publish(bar(4));
    expect(subscriber.frames).toEqual([]);
    const { epoch } = subscription.run;
    expect(subscription.accept()).toEqual({ epoch, retention: "keyed", offset: 3, snapshot: true });
    subscription.open();
    expect(subscriber.positions).toEqual([{ epoch, offset: 4 }]);
    source.publish(bar(5));
    expect(subscriber.texts.map((text) => JSON.parse(text).payload)).toEqual([
      { topic: AAPL_TOPIC, offset: 4, payload: bar(4) },
      { topic: AAPL_TOPIC, offset: 5, payload: bar(5) },
    ]);
  });

  test("after the removal drops the update and returns false", async () => {
    const { source, registry, hold } = setup();
    const subscriber = new FakeSubscriber();
    await hold(subscriber);
    registry.release(subscriber, AAPL_TOPIC);
    expect(source.publish(bar(0))).toBe(false);
    expect(subscriber.frames).toEqual([]);
    expect(registry.countsOf("bars")).toMatchObject({ published: 0, dropped: 1 });
  });

  test("an invalid update is dropped and logged, gets no offset, and does not affect later updates", async () => {
    const { source, hold, logger } = setup();
    const subscriber = new FakeSubscriber();
    await hold(subscriber);
    expect(source.publish({ ...bar(0), close: Number.NaN })).toBe(false);
    expect(logger.entries).toHaveLength(1);
    expect(source.publish(bar(0))).toBe(true);
    expect(subscriber.texts.map((text) => JSON.parse(text).payload.offset)).toEqual([1]);
  });

  test("from outside the source reaches every subscriber, and is dropped when the topic does not run", async () => {
    const { registry, topic, hold } = setup();
    expect(registry.publish(topic, bar(0))).toBe(false);
    const subscriber = new FakeSubscriber();
    await hold(subscriber);
    expect(registry.publish(topic, bar(1))).toBe(true);
    expect(subscriber.frames).toHaveLength(1);
  });

  test("encodes one frame that all subscribers share", async () => {
    const { source, hold } = setup();
    const subscribers = [new FakeSubscriber(), new FakeSubscriber(), new FakeSubscriber()];
    for (const subscriber of subscribers) await hold(subscriber);
    source.publish(bar(0));
    const got = subscribers.flatMap(({ frames }) => frames);
    expect(got).toHaveLength(3);
    expect(new Set(got).size).toBe(1);
  });

  test("to a subscriber without room resumes once it has room, without superseded updates", async () => {
    const { source, registry, hold } = setup();
    const subscriber = new FakeSubscriber();
    const subscription = await hold(subscriber);
    subscriber.hasRoom = false;
    for (const close of [1, 2, 3]) source.publish(bar(1, close));
    source.publish(bar(2));
    subscriber.hasRoom = true;
    subscriber.sink.markLagging(subscription);
    source.publish(bar(3));
    expect(subscriber.texts.map((text) => JSON.parse(text).payload.offset)).toEqual([3, 4, 5]);
    expect(registry.countsOf("bars")).toEqual({ published: 5, dropped: 0, delivered: 3, conflated: 2 });
  });
});
