import { describe, expect, test } from "vitest";
import { SourceError } from "../../src/index.js";
import { AAPL_TOPIC, bar } from "../helpers/data.js";
import { deferred, turns, until } from "../helpers/event-loop.js";
import { FakeSubscriber, outcomeOf, setupRegistry } from "../helpers/topic-registry.js";

describe("starting", () => {
  test("concurrent first subscribers share one createTopic, and the last one to release the topic removes it", async () => {
    const { source, registry, acquire, idle } = setupRegistry();
    const start = deferred();
    source.onCreate = () => start.promise;
    const subscribers = [new FakeSubscriber(), new FakeSubscriber(), new FakeSubscriber()];
    const subscriptions = subscribers.map(acquire);
    await until(() => source.count("create") === 1);
    start.resolve();
    expect(await Promise.all(subscriptions.map(outcomeOf))).toEqual(["started", "started", "started"]);
    expect(source.count("create")).toBe(1);
    expect(registry.subscriptions).toBe(3);

    registry.release(subscribers[0] as FakeSubscriber, AAPL_TOPIC);
    registry.release(subscribers[1] as FakeSubscriber, AAPL_TOPIC);
    await turns();
    expect(source.count("remove")).toBe(0);
    registry.release(subscribers[2] as FakeSubscriber, AAPL_TOPIC);
    await idle();
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`, `remove ${AAPL_TOPIC}`]);
    expect(registry).toMatchObject({ topics: 0, subscriptions: 0 });
  });

  test("a failed start rejects every waiting subscriber, leaves no topic, and the next subscriber starts the source again", async () => {
    const { source, registry, acquire, logger, idle } = setupRegistry();
    const start = deferred();
    source.onCreate = () => start.promise;
    const waiting = [new FakeSubscriber(), new FakeSubscriber()].map(acquire);
    await until(() => source.count("create") === 1);
    start.reject(new Error("password=hunter2"));
    expect(await Promise.all(waiting.map(outcomeOf))).toEqual(
      Array(2).fill("source_unavailable: The source could not start"),
    );
    expect(logger.entries.map(({ level }) => level)).toEqual(["error"]);
    expect(source.publish(bar(0))).toBe(false);
    await idle();
    expect(source.count("remove")).toBe(0);
    expect(registry).toMatchObject({ topics: 0, subscriptions: 0 });

    source.onCreate = () => {};
    expect(await outcomeOf(acquire(new FakeSubscriber()))).toBe("started");
    expect(source.count("create")).toBe(2);
  });

  test("a SourceError is reported with its message, and is not logged", async () => {
    const { source, acquire, logger } = setupRegistry();
    source.onCreate = () => {
      throw new SourceError("unknown_symbol", "AAPL does not exist.");
    };
    expect(await outcomeOf(acquire(new FakeSubscriber()))).toBe("unknown_symbol: AAPL does not exist.");
    expect(logger.entries).toEqual([]);
  });

  test("a start that one subscriber abandons continues for the other", async () => {
    const { source, registry, acquire } = setupRegistry();
    const start = deferred();
    source.onCreate = () => start.promise;
    const [first, second] = [acquire(new FakeSubscriber()), acquire(new FakeSubscriber())];
    await until(() => source.count("create") === 1);
    registry.abandon(first, new SourceError("source_unavailable", "too slow"));
    expect(await outcomeOf(first)).toBe("source_unavailable: too slow");
    expect(registry.subscriptions).toBe(1);
    expect(source.signals[0]?.aborted).toBe(false);
    start.resolve();
    expect(await outcomeOf(second)).toBe("started");
    registry.abandon(second, new SourceError("source_unavailable", "too late"));
    expect(registry.subscriptions).toBe(1);
  });

  test("a start without waiting subscribers is aborted by its signal, and the next one starts after it has settled", async () => {
    const { source, registry, acquire } = setupRegistry();
    const start = deferred();
    source.onCreate = () => start.promise;
    const first = acquire(new FakeSubscriber());
    await until(() => source.count("create") === 1);
    registry.abandon(first, new SourceError("source_unavailable", "too slow"));
    expect(await outcomeOf(first)).toMatch("source_unavailable");
    expect(source.signals[0]?.aborted).toBe(true);

    source.onCreate = () => {};
    const second = acquire(new FakeSubscriber());
    await turns();
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`]);
    start.resolve();
    expect(await outcomeOf(second)).toBe("started");
    expect(source.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove", "create"]);
    expect(registry).toMatchObject({ topics: 1, subscriptions: 1 });
  });
});

test("a topic is joined again only after its previous run has left", async () => {
  const joins: string[] = [];
  const { source, registry, acquire } = setupRegistry({
    // This PubSub does not wait by itself.
    wrap: (make) => ({
      async join(topic, member) {
        joins.push("join");
        const membership = await make().join(topic, member);
        const leave = () => {
          joins.push("leave");
          membership.leave();
        };
        return { ...membership, leave };
      },
    }),
  });
  const stop = deferred();
  source.onRemove = () => stop.promise;
  const subscriber = new FakeSubscriber();
  expect(await outcomeOf(acquire(subscriber))).toBe("started");
  registry.releaseAll(subscriber);
  const next = acquire(subscriber);
  await turns();
  expect(joins).toEqual(["join"]);
  stop.resolve();
  expect(await outcomeOf(next)).toBe("started");
  expect(joins).toEqual(["join", "leave", "join"]);
});

describe("releasing a topic while it starts", () => {
  test("removes the topic exactly once, after the start has settled", async () => {
    const { source, registry, acquire, idle } = setupRegistry();
    const start = deferred();
    source.onCreate = () => start.promise;
    const subscriber = new FakeSubscriber();
    const subscription = acquire(subscriber);
    await until(() => source.count("create") === 1);
    registry.releaseAll(subscriber);
    registry.releaseAll(subscriber);
    expect(await outcomeOf(subscription)).toMatch("unsubscribed");
    expect(source.count("remove")).toBe(0);
    start.resolve();
    await idle();
    expect(source.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove"]);
    expect(registry).toMatchObject({ topics: 0, subscriptions: 0 });
  });

  test("does not remove the topic when the start fails", async () => {
    const { source, registry, acquire, idle } = setupRegistry();
    const start = deferred();
    source.onCreate = () => start.promise;
    const subscriber = new FakeSubscriber();
    acquire(subscriber);
    await until(() => source.count("create") === 1);
    registry.release(subscriber, AAPL_TOPIC);
    start.reject(new Error("late"));
    await idle();
    expect(source.count("remove")).toBe(0);
    expect(registry.topics).toBe(0);
  });

  test("and acquiring it again before the start has settled uses the same start", async () => {
    const { source, registry, acquire } = setupRegistry();
    const start = deferred();
    source.onCreate = () => start.promise;
    const subscriber = new FakeSubscriber();
    acquire(subscriber);
    await until(() => source.count("create") === 1);
    registry.release(subscriber, AAPL_TOPIC);
    const again = acquire(subscriber);
    start.resolve();
    expect(await outcomeOf(again)).toBe("started");
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`]);
  });

  test("acquiring it during its removal starts it again after the removal", async () => {
    const { source, registry, acquire } = setupRegistry();
    const removal = deferred();
    source.onRemove = () => removal.promise;
    const subscriber = new FakeSubscriber();
    await acquire(subscriber).started;
    registry.release(subscriber, AAPL_TOPIC);
    const again = acquire(subscriber);
    await turns();
    expect(source.count("create")).toBe(1);
    removal.resolve();
    expect(await outcomeOf(again)).toBe("started");
    expect(source.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove", "create"]);
  });
});

describe("membership", () => {
  test("acquiring a topic twice makes one subscription", async () => {
    const { source, registry, acquire, idle } = setupRegistry();
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
    const { source, registry, subscribe } = setupRegistry();
    const subscriber = new FakeSubscriber();
    await subscribe(subscriber);
    registry.release(new FakeSubscriber(), AAPL_TOPIC);
    registry.release(subscriber, "bars:{}");
    expect(source.publish(bar(0))).toBe(true);
    expect(subscriber.frames).toHaveLength(1);
  });

  test("a removal that throws is logged, and the topic is removed anyway", async () => {
    const { source, registry, acquire, logger, idle } = setupRegistry();
    source.onRemove = () => {
      throw new Error("no");
    };
    const subscriber = new FakeSubscriber();
    await acquire(subscriber).started;
    registry.release(subscriber, AAPL_TOPIC);
    await idle();
    expect(registry.topics).toBe(0);
    expect(logger.entries).toHaveLength(1);
    expect(await outcomeOf(acquire(subscriber))).toBe("started");
  });
});

describe("lingering", () => {
  test("keeps the source and its retained updates for lingerMs", async () => {
    const { source, clock, registry, subscribe, idle } = setupRegistry({ lingerMs: 30_000 });
    const first = new FakeSubscriber();
    const { epoch } = (await subscribe(first)).run;
    source.publish(bar(1));
    registry.release(first, AAPL_TOPIC);
    clock.advance(29_999);
    expect(source.publish(bar(2))).toBe(true);
    const second = new FakeSubscriber();
    expect((await subscribe(second)).run.epoch).toBe(epoch);
    expect(second.texts).toHaveLength(1);
    expect(source.count("create")).toBe(1);

    registry.release(second, AAPL_TOPIC);
    clock.advance(30_000);
    await idle();
    expect(source.calls).toEqual([`create ${AAPL_TOPIC}`, `remove ${AAPL_TOPIC}`]);
    expect(clock.pending).toBe(0);
  });

  test("ends when the server closes", async () => {
    const { source, clock, registry, subscribe } = setupRegistry({ lingerMs: 30_000 });
    const subscriber = new FakeSubscriber();
    await subscribe(subscriber);
    registry.release(subscriber, AAPL_TOPIC);
    await registry.close();
    expect(source.count("remove")).toBe(1);
    expect(registry.topics).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe("a source that ends its topic", () => {
  test("is removed, and every subscriber is notified", async () => {
    const { source, registry, subscribe, idle } = setupRegistry();
    const subscribers = [new FakeSubscriber(), new FakeSubscriber()];
    for (const subscriber of subscribers) await subscribe(subscriber);
    source.end(AAPL_TOPIC, new SourceError("delisted", "AAPL was delisted"));
    expect(subscribers.map(({ ends }) => ends)).toEqual([[`${AAPL_TOPIC} delisted`], [`${AAPL_TOPIC} delisted`]]);
    expect(source.publish(bar(1))).toBe(false);
    await idle();
    expect(source.count("remove")).toBe(1);
    expect(registry.subscriptions).toBe(0);
  });

  test("during its start rejects the waiting subscribers", async () => {
    const { source, acquire, idle } = setupRegistry();
    source.onCreate = (_topic, publish) => publish.end();
    expect(await outcomeOf(acquire(new FakeSubscriber()))).toBe("source_ended: The source has ended this topic");
    await idle();
    expect(source.calls.map((call) => call.split(" ")[0])).toEqual(["create", "remove"]);
  });
});

describe("publishing", () => {
  test("waits for the subscription to open: a new subscriber gets the current bar, and then each update", async () => {
    const { source, acquire } = setupRegistry();
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
    const { source, registry, subscribe } = setupRegistry();
    const subscriber = new FakeSubscriber();
    await subscribe(subscriber);
    registry.release(subscriber, AAPL_TOPIC);
    expect(source.publish(bar(0))).toBe(false);
    expect(subscriber.frames).toEqual([]);
    expect(registry.countsOf("bars")).toMatchObject({ published: 0, dropped: 1 });
  });

  test("an invalid update is dropped and logged, gets no offset, and does not affect later updates", async () => {
    const { source, subscribe, logger } = setupRegistry();
    const subscriber = new FakeSubscriber();
    await subscribe(subscriber);
    expect(source.publish({ ...bar(0), close: Number.NaN })).toBe(false);
    expect(logger.entries).toHaveLength(1);
    expect(source.publish(bar(0))).toBe(true);
    expect(subscriber.texts.map((text) => JSON.parse(text).payload.offset)).toEqual([1]);
  });

  test("from outside the source reaches every subscriber, and is dropped when the topic does not run", async () => {
    const { registry, topic, subscribe } = setupRegistry();
    expect(registry.publish(topic, bar(0))).toBe(false);
    const subscriber = new FakeSubscriber();
    await subscribe(subscriber);
    expect(registry.publish(topic, bar(1))).toBe(true);
    expect(subscriber.frames).toHaveLength(1);
  });

  test("encodes one frame that all subscribers share", async () => {
    const { source, subscribe } = setupRegistry();
    const subscribers = [new FakeSubscriber(), new FakeSubscriber(), new FakeSubscriber()];
    for (const subscriber of subscribers) await subscribe(subscriber);
    source.publish(bar(0));
    const frames = subscribers.flatMap((subscriber) => subscriber.frames);
    expect(frames).toHaveLength(3);
    expect(new Set(frames).size).toBe(1);
  });

  test("to a subscriber without room resumes once it has room, without superseded updates", async () => {
    const { source, registry, subscribe } = setupRegistry();
    const subscriber = new FakeSubscriber();
    const subscription = await subscribe(subscriber);
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
