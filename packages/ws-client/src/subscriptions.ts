import type { ClientError } from "./errors.js";
import type { Verb } from "./requests.js";
import { type AnyListener, type AnyRoute, LIVE, PENDING, Subscription } from "./subscription.js";

/** Puts one request on the wire. */
export type Ask = (verb: Verb, subscription: Subscription) => void;

/**
 * What the application wants, by topic. The wire follows it: `flush` sends what makes the server's view the wanted one,
 * once a tick, so that a listener that leaves and comes back in one tick costs nothing.
 */
export class Subscriptions {
  readonly #byTopic = new Map<string, Subscription>();
  readonly #changed = new Set<Subscription>();
  readonly #ask: Ask;
  readonly #report: (error: ClientError) => void;
  /** Whether there is a wire. */
  #online = false;
  #scheduled = false;

  constructor(ask: Ask, report: (error: ClientError) => void) {
    this.#ask = ask;
    this.#report = report;
  }

  add(route: AnyRoute, topic: string, params: object, listener: AnyListener) {
    let subscription = this.#byTopic.get(topic);
    if (subscription === undefined) {
      subscription = new Subscription(route, topic, params, this.#report);
      this.#byTopic.set(topic, subscription);
    } else if (subscription.status.state === "error") {
      // Whoever asks again, asks the server again.
      subscription.setStatus(PENDING);
    }
    const { ready, stop } = subscription.add(listener);
    const changed = subscription;
    this.#touch(changed);
    return {
      ready,
      stop: () => {
        stop();
        if (!changed.wanted) this.#touch(changed);
      },
    };
  }

  get(topic: string): Subscription | undefined {
    return this.#byTopic.get(topic);
  }

  /** One that the server has confirmed. */
  firstLive(): Subscription | undefined {
    for (const subscription of this.#byTopic.values()) if (subscription.status === LIVE) return subscription;
    return undefined;
  }

  connected(): void {
    this.#online = true;
    for (const subscription of this.#byTopic.values()) this.#changed.add(subscription);
    this.#flush();
  }

  disconnected(): void {
    this.#online = false;
    for (const subscription of this.#byTopic.values()) subscription.disconnected();
  }

  /** Ends every subscription. */
  end(error: ClientError): void {
    this.#online = false;
    const ended = [...this.#byTopic.values()];
    this.#byTopic.clear();
    this.#changed.clear();
    for (const subscription of ended) subscription.end(error);
  }

  #touch(subscription: Subscription): void {
    this.#changed.add(subscription);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    for (const subscription of this.#changed) {
      this.#changed.delete(subscription);
      if (!subscription.wanted) this.#drop(subscription);
      else if (this.#online && !subscription.asked && subscription.status.state === "pending") {
        this.#ask("subscribe", subscription);
      }
    }
  }

  #drop(subscription: Subscription): void {
    // A newer subscription of the topic may stand in its place.
    if (this.#byTopic.get(subscription.topic) === subscription) this.#byTopic.delete(subscription.topic);
    if (this.#online && subscription.subscribes > 0) this.#ask("unsubscribe", subscription);
  }
}
