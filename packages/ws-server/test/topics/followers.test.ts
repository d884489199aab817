import { bars, type Position, trades } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { jsonCodec, MemoryPubSub, SourceError, serve } from "../../src/index.js";
import { ManualClock, RecordingLogger, ScriptedSource } from "../../src/testing/index.js";
import { TopicRegistry } from "../../src/topics/topic-registry.js";
import { AAPL, bar, type Trade, trade } from "../helpers/data.js";
import { deferred, turns, until } from "../helpers/event-loop.js";
import { FakeSource } from "../helpers/server.js";
import { FakeSubscriber, outcomeOf } from "../helpers/topic-registry.js";

/** Two servers that share a PubSub, each with its source. */
function setup({ lingerMs = 0 } = {}) {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const pubSub = new MemoryPubSub({ clock, logger });
  const node = () => {
    const source = new FakeSource();
    const registry = new TopicRegistry({ clock, logger, codec: jsonCodec, pubSub, lingerMs });
    const topic = serve(bars, source).topic(AAPL);
    const subscribe = async (subscriber = new FakeSubscriber(), resume?: Position) => {
      const subscription = registry.acquire(subscriber, topic);
      await subscription.started;
      const accepted = subscription.accept(resume);
      subscription.open();
      return { subscriber, accepted };
    };
    return { source, registry, topic, subscribe };
  };
  return { clock, pubSub, owner: node(), follower: node() };
}

describe("a server that follows the owner of a topic", () => {
  test("delivers what the owner publishes, in the owner's epoch, and does not start its source", async () => {
    const { owner, follower } = setup();
    const there = await owner.subscribe();
    owner.source.publish(bar(1));
    const here = await follower.subscribe();
    owner.source.publish(bar(2));
    expect(here.accepted.epoch).toBe(there.accepted.epoch);
    expect(here.subscriber.texts).toEqual(there.subscriber.texts);
    expect(here.subscriber.texts).toHaveLength(2);
    expect([owner.source.calls.length, follower.source.calls.length]).toEqual([1, 0]);
    expect([...follower.registry.runs].map(({ role, isLive }) => [role, isLive])).toEqual([["follower", true]]);
  });

  test("recovers a client that has received more elsewhere, and skips what it has", async () => {
    const { owner, follower } = setup();
    const { epoch } = (await owner.subscribe()).accepted;
    owner.source.publish(bar(1));
    const { subscriber, accepted } = await follower.subscribe(new FakeSubscriber(), { epoch, offset: 3 });
    expect(accepted).toMatchObject({ epoch, offset: 3, recovered: true });
    expect(accepted).not.toHaveProperty("snapshot");
    for (const time of [2, 3, 4]) owner.source.publish(bar(time));
    expect(subscriber.texts.map((text) => JSON.parse(text).payload.offset)).toEqual([4]);
    expect(subscriber.positions).toEqual([{ epoch, offset: 3 }]);
  });

  test("does not recover a client of another epoch, and the owner none that is ahead of it", async () => {
    const { owner, follower } = setup();
    const { epoch } = (await owner.subscribe()).accepted;
    owner.source.publish(bar(1));
    const stranger = await follower.subscribe(new FakeSubscriber(), { epoch: "another", offset: 3 });
    const ahead = await owner.subscribe(new FakeSubscriber(), { epoch, offset: 3 });
    expect([stranger, ahead].map(({ accepted }) => accepted.recovered)).toEqual([false, false]);
  });

  test("continues a log after all that its run has, for a client that comes from another run", async () => {
    const [clock, logger] = [new ManualClock(), new RecordingLogger()];
    const pubSub = new MemoryPubSub({ clock, logger });
    const source = new ScriptedSource<{ readonly symbol: string }, Trade>();
    const topic = serve(trades, source).topic({ symbol: "AAPL" });
    const [owner, follower] = [0, 1].map(() => {
      return new TopicRegistry({ clock, logger, codec: jsonCodec, pubSub, lingerMs: 0 });
    }) as [TopicRegistry, TopicRegistry];
    await owner.acquire(new FakeSubscriber(), topic).started;
    for (const time of [1, 2, 3]) source.publish(trade(time), topic.name);
    const subscription = follower.acquire(new FakeSubscriber(), topic);
    await subscription.started;
    expect(subscription.accept({ epoch: "another", offset: 1 })).toMatchObject({ offset: 3, recovered: false });
  });

  test("keeps the owner's source alive without subscribers there, until it has none itself", async () => {
    const { clock, owner, follower, pubSub } = setup({ lingerMs: 1_000 });
    const there = await owner.subscribe();
    const here = await follower.subscribe();
    owner.registry.releaseAll(there.subscriber);
    clock.advance(5_000);
    expect(owner.registry.makeRoom({ maxTopics: 1, maxRetainedBytes: 0 })).toBe("maxTopics");
    expect(owner.source.publish(bar(1))).toBe(true);
    expect(here.subscriber.texts).toHaveLength(1);
    follower.registry.releaseAll(here.subscriber);
    clock.advance(1_000);
    await until(() => follower.registry.topics === 0);
    expect(owner.registry.topics).toBe(1);
    clock.advance(1_000);
    await until(() => owner.registry.topics === 0);
    expect(owner.source.count("remove")).toBe(1);
    expect(pubSub.size).toBe(0);
  });

  test("keeps a source alive that was lingering", async () => {
    const { clock, owner, follower } = setup({ lingerMs: 1_000 });
    owner.registry.releaseAll((await owner.subscribe()).subscriber);
    const { subscriber } = await follower.subscribe();
    clock.advance(5_000);
    owner.source.publish(bar(1));
    expect(subscriber.texts).toHaveLength(1);
  });

  test("keeps a start alive that all subscribers of the owner have abandoned", async () => {
    const { owner, follower } = setup();
    const start = deferred();
    owner.source.onCreate = () => start.promise;
    const first = owner.registry.acquire(new FakeSubscriber(), owner.topic);
    await until(() => owner.source.count("create") === 1);
    const second = follower.registry.acquire(new FakeSubscriber(), follower.topic);
    await turns();
    owner.registry.abandon(first, new SourceError("source_unavailable", "too slow"));
    expect(owner.source.signals[0]?.aborted).toBe(false);
    start.resolve();
    expect(await outcomeOf(second)).toBe("started");
  });

  test("publishes nothing from outside", async () => {
    const { owner, follower } = setup();
    const { subscriber } = await owner.subscribe();
    await follower.subscribe();
    expect(follower.registry.publish(follower.topic, bar(1))).toBe(false);
    expect(subscriber.texts).toEqual([]);
  });

  test("reports the error of a source that does not start there", async () => {
    const { owner, follower } = setup();
    const start = deferred();
    owner.source.onCreate = () => start.promise;
    owner.registry.acquire(new FakeSubscriber(), owner.topic);
    await until(() => owner.source.count("create") === 1);
    const waiting = follower.registry.acquire(new FakeSubscriber(), follower.topic);
    await turns();
    start.reject(new SourceError("unknown_symbol", "AAPL does not exist."));
    expect(await outcomeOf(waiting)).toBe("unknown_symbol: AAPL does not exist.");
    await until(() => follower.registry.topics === 0);
  });

  test("ends its subscriptions with the owner's reason, and starts its source for the next subscriber", async () => {
    const { owner, follower } = setup();
    const there = await owner.subscribe();
    const here = await follower.subscribe();
    owner.source.end(undefined, new SourceError("feed_lost", "The feed is down", { retryable: true }));
    expect([...there.subscriber.ends, ...here.subscriber.ends].map((end) => end.split(" ")[1])).toEqual([
      "feed_lost",
      "feed_lost",
    ]);
    const again = await follower.subscribe();
    expect(again.accepted.epoch).not.toBe(here.accepted.epoch);
    expect(follower.source.count("create")).toBe(1);
  });

  test("ends its subscriptions as moved when the owner closes", async () => {
    const { owner, follower } = setup({ lingerMs: 60_000 });
    const there = await owner.subscribe();
    const here = await follower.subscribe();
    owner.registry.releaseAll(there.subscriber);
    await owner.registry.close();
    expect(here.subscriber.ends).toEqual([`${owner.topic.name} moved`]);
    const again = await follower.subscribe();
    expect(follower.source.count("create")).toBe(1);
    expect(again.accepted.epoch).not.toBe(here.accepted.epoch);
  });

  test("waits for the source of the previous owner to stop", async () => {
    const { owner, follower } = setup();
    const stop = deferred();
    owner.source.onRemove = () => stop.promise;
    const { subscriber } = await owner.subscribe();
    owner.registry.releaseAll(subscriber);
    await until(() => owner.source.count("remove") === 1);
    const waiting = follower.registry.acquire(new FakeSubscriber(), follower.topic);
    await turns();
    expect(follower.source.calls).toEqual([]);
    stop.resolve();
    expect(await outcomeOf(waiting)).toBe("started");
    expect(follower.source.count("create")).toBe(1);
  });
});
