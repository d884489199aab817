import type { Position } from "@trading/topic";
import { SourceError, type WsServerError } from "../errors.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import type { ServedTopic } from "../server/modules.js";
import type { Frame } from "./frame.js";
import type { Subscriber, Subscription } from "./subscription.js";
import type { TopicRegistry } from "./topic-registry.js";

/** Receives the updates of a topic within the server's process. What it throws is logged. */
export interface TopicListener<Update> {
  /** Called for each update: first for those that a new subscriber gets, then for each published one. */
  onUpdate(update: Update): void;
  /** All updates that a new subscriber gets, or that were missed, have been passed on. */
  onCurrent?(): void;
  /** Updates may have been missed, because the topic was restarted. Those that a new subscriber gets follow again. */
  onGap?(): void;
  /** The topic has ended, or did not start, and is subscribed to again in a moment. */
  onInterrupted?(reason: EndReason): void;
  /** The topic has ended for good: its end is not retryable, or this server has closed (code `closed`). */
  onEnded?(reason: EndReason): void;
}

/** The reason of a topic's end, for programs and for people. */
export type EndReason = Pick<WsServerError, "code" | "message" | "retryable">;

/** The services that following a topic uses. */
export interface TopicFollowerServices {
  readonly registry: TopicRegistry;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0 = no limit. */
  readonly startTimeoutMs: number;
}

/** Delays before a topic is subscribed to again, in milliseconds. */
const RETRY_MS = [50, 200, 1_000, 5_000];

/** A subscription within the server's process, which survives the topic's end if that is retryable. */
export class TopicFollower<Update> implements Subscriber {
  readonly #topic: ServedTopic;
  readonly #listener: TopicListener<Update>;
  readonly #services: TopicFollowerServices;
  #position: Position | undefined;
  #failures = 0;
  #isStopped = false;
  #cancelRetry: () => void = () => {};

  readonly sink = {
    take: (frame: Frame): boolean => {
      const { offset, payload } = JSON.parse(frame.text).payload as {
        readonly offset: number;
        readonly payload: Update;
      };
      if (this.#position !== undefined) this.#position = { ...this.#position, offset };
      this.#call("onUpdate", () => this.#listener.onUpdate(payload));
      return true;
    },
    markLagging: (subscription: Subscription): void => void subscription.read(this.sink.take),
    // Every frame is taken immediately, so there is nothing to discard or to flush.
    discard: (): void => {},
    flush: (): void => {},
  };

  constructor(topic: ServedTopic, listener: TopicListener<Update>, services: TopicFollowerServices) {
    this.#topic = topic;
    this.#listener = listener;
    this.#services = services;
    void this.#subscribe();
  }

  /** Unsubscribes. A repeated call does nothing. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cancelRetry();
    this.#services.registry.release(this, this.#topic.name);
  }

  /** Unsubscribes because the server has closed, and notifies the listener. */
  close(): void {
    if (this.#isStopped) return;
    this.stop();
    const reason = { code: "closed", message: "The server has closed", retryable: false };
    this.#call("onEnded", () => this.#listener.onEnded?.(reason));
  }

  onCurrent(): void {
    this.#call("onCurrent", () => this.#listener.onCurrent?.());
  }

  onLost(): void {}

  onEnded(_topic: string, reason: EndReason): void {
    if (this.#isStopped) return;
    if (!reason.retryable) {
      this.#isStopped = true;
      this.#call("onEnded", () => this.#listener.onEnded?.(reason));
      return;
    }
    const delayMs = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)] as number;
    this.#cancelRetry = this.#services.clock.after(delayMs, () => void this.#subscribe());
    this.#call("onInterrupted", () => this.#listener.onInterrupted?.(reason));
  }

  async #subscribe(): Promise<void> {
    try {
      const subscription = await startWithin(this, this.#topic, this.#services);
      if (this.#isStopped) return;
      const before = this.#position;
      const { epoch, offset, recovered } = subscription.accept(before);
      this.#position = { epoch, offset };
      this.#failures = 0;
      if (before !== undefined && recovered !== true) this.#call("onGap", () => this.#listener.onGap?.());
      subscription.open();
    } catch (error) {
      this.onEnded(this.#topic.name, error as WsServerError);
    }
  }

  #call(callback: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#services.logger.error(`${callback} of a topic's listener threw`, { topic: this.#topic.name, error });
    }
  }
}

/** Subscribes, and waits until the source has started. @throws WsServerError its error, or `source_unavailable` after the limit */
async function startWithin(
  subscriber: Subscriber,
  topic: ServedTopic,
  { registry, clock, startTimeoutMs }: TopicFollowerServices,
): Promise<Subscription> {
  const subscription = registry.acquire(subscriber, topic);
  const late = new SourceError("source_unavailable", "The source did not start in time", { retryable: true });
  const cancel =
    startTimeoutMs === 0 ? () => {} : clock.after(startTimeoutMs, () => registry.abandon(subscription, late));
  try {
    await subscription.started;
    return subscription;
  } finally {
    cancel();
  }
}

/** Returns the updates that a new subscriber of a topic gets now, and starts its source for that if necessary. */
export async function readTopic<Update>(topic: ServedTopic, services: TopicFollowerServices): Promise<Update[]> {
  const updates: Update[] = [];
  const take = (frame: Frame) => updates.push(JSON.parse(frame.text).payload.payload as Update) > 0;
  let isRead = false;
  const reader: Subscriber = {
    sink: {
      // What is published after the state was read is not part of it.
      take: (frame) => isRead || take(frame),
      markLagging: (subscription) => void subscription.read(take),
      discard() {},
      flush() {},
    },
    onCurrent() {},
    onLost() {},
    onEnded() {},
  };
  const subscription = await startWithin(reader, topic, services);
  subscription.accept();
  subscription.open();
  isRead = true;
  services.registry.release(reader, topic.name);
  return updates;
}
