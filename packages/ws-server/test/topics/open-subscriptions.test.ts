import type { Bar } from "@trading/topic";
import { describe, expect, test } from "vitest";
import { bar } from "../helpers/data.js";
import { FakeSubscriber, setupRegistry } from "../helpers/topic-registry.js";

/** Returns the times of the bars that a subscriber has taken. */
function timesOf({ texts }: FakeSubscriber): number[] {
  return texts.map((text) => (JSON.parse(text).payload.payload as Bar).time);
}

/** Runs a function after a subscriber was offered its next frame. */
function onNextOffer({ sink }: FakeSubscriber, run: () => void): void {
  const { take } = sink;
  sink.take = (frame) => {
    sink.take = take;
    const isTaken = take(frame);
    run();
    return isTaken;
  };
}

async function setup() {
  const registry = setupRegistry();
  const subscribers = [new FakeSubscriber(), new FakeSubscriber(), new FakeSubscriber(), new FakeSubscriber()] as const;
  for (const subscriber of subscribers) await registry.subscribe(subscriber);
  return { ...registry, subscribers };
}

describe("an update that is offered to the live subscriptions", () => {
  test("reaches each of them once while one leaves, whichever it is", async () => {
    for (const leaving of [0, 1, 2, 3] as const) {
      const { source, registry, topic, subscribers } = await setup();
      onNextOffer(subscribers[1], () => registry.release(subscribers[leaving], topic.name));
      source.publish(bar(1));
      source.publish(bar(2));
      for (const [index, subscriber] of subscribers.entries()) {
        const expected = index !== leaving ? [1, 2] : index < 2 ? [1] : [];
        expect(timesOf(subscriber), `${leaving} leaves, ${index}`).toEqual(expected);
      }
    }
  });

  test("reaches the others once after any of them has left", async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [3, 0, 1],
      [1, 3, 2],
    ] as const) {
      const { source, registry, topic, subscribers } = await setup();
      const left = new Set<FakeSubscriber>();
      for (const [round, index] of order.entries()) {
        registry.release(subscribers[index], topic.name);
        left.add(subscribers[index]);
        source.publish(bar(round));
        for (const subscriber of subscribers) {
          expect(timesOf(subscriber).includes(round)).toBe(!left.has(subscriber));
          expect(new Set(timesOf(subscriber)).size).toBe(subscriber.frames.length);
        }
      }
    }
  });

  test("is before an update that a subscriber publishes while it takes the first one, for all of them", async () => {
    const { source, subscribers } = await setup();
    onNextOffer(subscribers[1], () => source.publish(bar(2)));
    source.publish(bar(1));
    source.publish(bar(3));
    for (const subscriber of subscribers) expect(timesOf(subscriber)).toEqual([1, 2, 3]);
  });

  test("is not offered again to a subscription that has read it in the history meanwhile", async () => {
    const { source, subscribers } = await setup();
    const [, publisher, late] = subscribers;
    onNextOffer(publisher, () => source.publish(bar(2)));
    late.hasRoom = false;
    onNextOffer(late, () => {
      late.hasRoom = true;
    });
    source.publish(bar(1));
    source.publish(bar(3));
    for (const subscriber of subscribers) expect(timesOf(subscriber)).toEqual([1, 2, 3]);
  });

  test("does not move the position of a subscriber that has no room, and reaches the others", async () => {
    const { source, subscribers } = await setup();
    const [slow, ...others] = subscribers;
    source.publish(bar(1));
    slow.hasRoom = false;
    source.publish(bar(2));
    slow.hasRoom = true;
    source.publish(bar(3));
    for (const other of others) expect(timesOf(other)).toEqual([1, 2, 3]);
    expect(timesOf(slow)).toEqual([1]);
  });
});
