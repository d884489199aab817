import { type Message, type Route, TopicError } from "@trading/topic";
import type { Connection } from "../connection/connection.js";
import type { ReplyFormat, Subscribing } from "../connection/operations.js";
import { SourceError, WsServerError } from "../errors.js";
import type { Publish, ServedRoute, ServedTopic, TopicCleanup } from "../server/modules.js";
import { Frame } from "../topics/frame.js";
import type { Subscriber, Subscription } from "../topics/subscription.js";
import type { TopicRegistry } from "../topics/topic-registry.js";

/** Parameters beside `symbol` are what tells the dialect. */
export function isLegacyBars(payload: unknown): boolean {
  return (
    typeof payload === "object" &&
    payload !== null &&
    Object.hasOwn(payload, "params") &&
    !Object.hasOwn(payload, "resolution")
  );
}

/**
 * `bars` as version 1 of the origin has them: topics `bars:AAPL:1`, and updates that are the bare bar.
 *
 * Each is a topic of its own, with subscriptions of its own, whose source is the canonical topic of the same bars: the
 * one source runs for both.
 */
export class LegacyBars {
  readonly #served: ServedRoute;
  /** Told apart in figures, or every bar would be counted twice. */
  readonly #route: Route<unknown, unknown>;
  readonly #subscribing: Subscribing;
  readonly #registry: TopicRegistry;

  constructor(served: ServedRoute, subscribing: Subscribing, registry: TopicRegistry) {
    this.#served = served;
    this.#route = { ...served.route, name: "bars.1x" };
    this.#subscribing = subscribing;
    this.#registry = registry;
  }

  subscribe(connection: Connection, request: Message): void {
    const { symbol, topic } = this.#topic(request.payload);
    this.#subscribing.subscribe(topic, connection, request, replyFormatFor(symbol));
  }

  unsubscribe(connection: Connection, request: Message): void {
    const { symbol, topic } = this.#topic(request.payload);
    this.#subscribing.unsubscribe(topic, connection, request, replyFormatFor(symbol));
  }

  /** @throws TopicError where the canonical route's parameters cannot be made of it */
  #topic(payload: unknown): { readonly symbol: string; readonly topic: ServedTopic } {
    const { symbol, params } = payload as { readonly symbol?: unknown; readonly params?: unknown };
    if (typeof params !== "object" || params === null || Array.isArray(params)) {
      throw new TopicError("invalid_params", "/params", 'Invalid bars parameters: params is {"resolution": a text}');
    }
    const { resolution = "1" } = params as { readonly resolution?: unknown };
    const canonical = this.#served.topic({ symbol, resolution });
    const name = `bars:${symbol}:${resolution}`;
    const relay = new Relay(canonical, this.#registry);
    const topic: ServedTopic = {
      name,
      route: this.#route,
      params: canonical.params,
      encode: (_offset, bar) => new Frame(`{"type":"bars.update","payload":${JSON.stringify(bar)}}`, name),
      create: (publish, signal) => relay.start(publish, signal),
    };
    return { symbol: symbol as string, topic };
  }
}

/** Holds a canonical topic in this process, and publishes what it gets to another one. */
class Relay implements Subscriber {
  readonly #topic: ServedTopic;
  readonly #registry: TopicRegistry;
  #publish: Publish<unknown> | undefined;
  readonly sink = {
    take: (frame: Frame): boolean => {
      // What is carried are finished frames, so the update is read back from one.
      this.#publish?.(JSON.parse(frame.text).payload.payload);
      return true;
    },
  };

  constructor(topic: ServedTopic, registry: TopicRegistry) {
    this.#topic = topic;
    this.#registry = registry;
  }

  async start(publish: Publish<unknown>, signal: AbortSignal): Promise<TopicCleanup> {
    this.#publish = publish;
    const subscription = this.#registry.acquire(this, this.#topic);
    signal.addEventListener("abort", () => this.#registry.abandon(subscription, GIVEN_UP), { once: true });
    await subscription.started;
    subscription.accept();
    subscription.open();
    return () => this.#registry.release(this, this.#topic.name);
  }

  markLagging(subscription: Subscription): void {
    subscription.read(this.sink.take);
  }

  ended(_topic: string, { code, retryable }: Pick<WsServerError, "code" | "retryable">): void {
    this.#publish?.end(new SourceError(code, "The source has ended this topic", { retryable }));
  }

  // It takes everything at once, so nothing of the rest can come about.
  discard(): void {}
  flush(): void {}
  current(): void {}
  lost(): void {}
}

const GIVEN_UP = new WsServerError("unsubscribed", "Nobody waits for the older dialect's topic any more");

/** The origin's words, with its members in its order. */
function replyFormatFor(symbol: string): ReplyFormat {
  return {
    accepted: (topic) => ({ status: "ok", symbol, message: `Subscribed to ${symbol}`, topic }),
    released: (topic) => ({ status: "ok", symbol, message: `Unsubscribed from ${symbol}`, topic }),
    refused: (topic, { message, code }) => ({ status: "error", symbol, message, topic, code }),
  };
}
