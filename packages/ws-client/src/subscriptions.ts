import { ClientError } from "./errors.js";
import { Quarantine } from "./quarantine.js";
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
  readonly #quarantine = new Quarantine();
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
    } else if (subscription.status.state === "error" && !(subscription.condemned && subscription.wanted)) {
      // Whoever asks again, asks the server again.
      subscription.condemned = false;
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

  /**
   * The server closed the connection on the frame of one of these. Where that is clear, the topic fails; else each is tried
   * alone once all others stand. Returns whether any can have been it.
   */
  rejected(unanswered: Iterable<Subscription>, reason: string): boolean {
    const suspects = this.#quarantine.suspect(unanswered);
    const [culprit] = suspects;
    if (suspects.length === 1 && culprit?.wanted) this.#condemn(culprit, reason);
    return suspects.length > 0;
  }

  /** Tries the next suspect; to be called whenever nothing is unanswered. */
  tryNext(): void {
    const suspect = this.#online ? this.#quarantine.next() : undefined;
    if (suspect !== undefined) this.#ask("subscribe", suspect);
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
        if (!this.#quarantine.has(subscription)) this.#ask("subscribe", subscription);
      }
    }
  }

  #condemn(subscription: Subscription, reason: string): void {
    const { topic, route } = subscription;
    const message =
      `The server closed the connection on the subscribe to ${topic}: ${reason || "it gave no reason"}. It is not sent ` +
      `again. Check that this server has the route ${route.name} and takes these parameters; then stop, and subscribe anew`;
    const error = new ClientError("rejected", message, subscription);
    subscription.condemned = true;
    subscription.setStatus({ state: "error", error });
    this.#report(error);
  }

  #drop(subscription: Subscription): void {
    // A newer subscription of the topic may stand in its place.
    if (this.#byTopic.get(subscription.topic) === subscription) this.#byTopic.delete(subscription.topic);
    if (this.#online && subscription.subscribes > 0) this.#ask("unsubscribe", subscription);
  }
}
