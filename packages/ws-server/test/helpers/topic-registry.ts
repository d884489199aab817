import { bars, type Position } from "@trading/topic";
import { jsonCodec, MemoryPubSub, type PubSub, type SourceError, serve } from "../../src/index.js";
import { ManualClock, RecordingLogger } from "../../src/testing/index.js";
import type { Frame } from "../../src/topics/frame.js";
import type { Subscriber, Subscription } from "../../src/topics/subscription.js";
import { TopicRegistry } from "../../src/topics/topic-registry.js";
import { AAPL } from "./data.js";
import { until } from "./event-loop.js";
import { FakeSource } from "./server.js";

/** A subscriber that accepts every frame, unless a test sets `hasRoom` to false. */
export class FakeSubscriber implements Subscriber {
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

/** Creates a registry, and the topic {@link AAPL} of a source that a test controls. */
export function setupRegistry({
  lingerMs = 0,
  wrap,
}: {
  readonly lingerMs?: number;
  readonly wrap?: (make: () => MemoryPubSub) => PubSub;
} = {}) {
  const source = new FakeSource();
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const make = () => new MemoryPubSub({ clock, logger });
  const pubSub = make();
  const services = { clock, logger, codec: jsonCodec, pubSub: wrap?.(make) ?? pubSub, lingerMs };
  const registry = new TopicRegistry(services);
  const topic = serve(bars, source).topic(AAPL);
  const acquire = (subscriber: Subscriber) => registry.acquire(subscriber, topic);
  /** Acquires the topic, and opens the subscription like a connection that has queued its reply. */
  const subscribe = async (subscriber: Subscriber) => {
    const subscription = acquire(subscriber);
    await subscription.started;
    subscription.accept();
    subscription.open();
    return subscription;
  };
  const idle = () => until(() => registry.topics === 0);
  return { source, clock, logger, pubSub, registry, topic, acquire, subscribe, idle };
}

/** Returns "started", or the code and message of the error with which the start was rejected. */
export function outcomeOf(subscription: { started: Promise<void> }): Promise<string> {
  return subscription.started.then(
    () => "started",
    (error: SourceError) => `${error.code}: ${error.message}`,
  );
}
