import { type Message, type Route, TopicError } from "@trading/topic";
import type { OperationConnection } from "../connection/operation.js";
import type { ReplyFormat, SubscribeOperations } from "../connection/operations.js";
import { SourceError, WsServerError } from "../errors.js";
import type { Publish, ServedRoute, ServedTopic, TopicCleanup } from "../server/modules.js";
import { Frame } from "../topics/frame.js";
import type { Subscriber, Subscription } from "../topics/subscription.js";
import type { TopicRegistry } from "../topics/topic-registry.js";
import { encodeBody } from "../topics/update-text.js";

/** Returns whether a request is in the legacy dialect: its parameters other than `symbol` are nested in `params`. */
export function isLegacyBars(payload: unknown): boolean {
  return (
    typeof payload === "object" &&
    payload !== null &&
    Object.hasOwn(payload, "params") &&
    !Object.hasOwn(payload, "resolution")
  );
}

/**
 * The `bars` route as version 1 of the legacy server serves it: topics `bars:AAPL:1`, and updates that are the bare bar.
 *
 * Each of its topics has its own subscriptions. Its source subscribes to the canonical topic of the same bars, so that
 * one source runs for both.
 */
export class LegacyBars {
  readonly #served: ServedRoute;
  /** Has its own name in metrics, because otherwise every bar would be counted twice. */
  readonly #route: Route<unknown, unknown>;
  readonly #subscribing: SubscribeOperations;
  readonly #registry: TopicRegistry;

  constructor(served: ServedRoute, subscribing: SubscribeOperations, registry: TopicRegistry) {
    this.#served = served;
    this.#route = { ...served.route, name: "bars.1x" };
    this.#subscribing = subscribing;
    this.#registry = registry;
  }

  subscribe(connection: OperationConnection, request: Message): void {
    const { symbol, topic } = this.#topic(request.payload);
    this.#subscribing.subscribe(topic, connection, request, replyFormatFor(symbol));
  }

  unsubscribe(connection: OperationConnection, request: Message): void {
    const { symbol, topic } = this.#topic(request.payload);
    this.#subscribing.unsubscribe(topic, connection, request, replyFormatFor(symbol));
  }

  /** @throws TopicError if the canonical route's parameters cannot be built from the payload */
  #topic(payload: unknown): { readonly symbol: string; readonly topic: ServedTopic } {
    const { symbol, params } = payload as { readonly symbol?: unknown; readonly params?: unknown };
    if (typeof params !== "object" || params === null || Array.isArray(params)) {
      throw new TopicError("invalid_params", "/params", 'Invalid bars parameters: params is {"resolution": a text}');
    }
    const { resolution = "1" } = params as { readonly resolution?: unknown };
    const canonical = this.#served.topic({ symbol, resolution });
    const name = `bars:${symbol}:${resolution}`;
    const topic: ServedTopic = {
      name,
      route: this.#route,
      params: canonical.params,
      encoder: {
        body: encodeBody,
        frame: (_offset, { text }) => new Frame(`{"type":"bars.update","payload":${text}}`, name),
      },
      isLocal: true,
      create: (publish, signal) => new Relay(publish).start(canonical, this.#registry, signal),
    };
    return { symbol: symbol as string, topic };
  }
}

/** Subscribes to a canonical topic in this process, and publishes its updates to the legacy topic. */
class Relay implements Subscriber {
  readonly #publish: Publish<unknown>;
  readonly sink = {
    take: (frame: Frame): boolean => {
      // Subscriptions carry finished frames, so the update is parsed from the frame.
      this.#publish(JSON.parse(frame.text).payload.payload);
      return true;
    },
    markLagging: (subscription: Subscription): void => void subscription.read(this.sink.take),
    // Every frame is taken immediately, so there is nothing to discard or to flush.
    discard: (): void => {},
    flush: (): void => {},
  };

  constructor(publish: Publish<unknown>) {
    this.#publish = publish;
  }

  async start(canonical: ServedTopic, registry: TopicRegistry, signal: AbortSignal): Promise<TopicCleanup> {
    const subscription = registry.acquire(this, canonical);
    signal.addEventListener("abort", () => registry.abandon(subscription, ABANDONED), { once: true });
    await subscription.started;
    subscription.accept();
    subscription.open();
    return () => registry.release(this, canonical.name);
  }

  onEnded(_topic: string, { code, retryable }: Pick<WsServerError, "code" | "retryable">): void {
    this.#publish.end(new SourceError(code, "The source has ended this topic", { retryable }));
  }

  onCurrent(): void {}

  onLost(): void {}
}

const ABANDONED = new WsServerError("unsubscribed", "The legacy topic has no subscribers any more");

/** Returns the legacy server's replies, with their members in its order. */
function replyFormatFor(symbol: string): ReplyFormat {
  return {
    subscribed: (topic) => ({ status: "ok", symbol, message: `Subscribed to ${symbol}`, topic }),
    unsubscribed: (topic) => ({ status: "ok", symbol, message: `Unsubscribed from ${symbol}`, topic }),
    refused: (topic, { message, code }) => ({ status: "error", symbol, message, topic, code }),
  };
}
