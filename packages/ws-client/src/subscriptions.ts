import { ClientError } from "./errors.js";
import { type AnyListener, type AnyRoute, PENDING } from "./listener.js";
import type { Settings } from "./options.js";
import { Quarantine } from "./quarantine.js";
import { Subscription, type SubscriptionEvents } from "./subscription.js";
import type { SavedTopic } from "./topic-storage.js";

export type Verb = "subscribe" | "unsubscribe";

export interface SubscriptionsDo extends SubscriptionEvents {
  /** Puts one request on the wire. */
  ask(verb: Verb, subscription: Subscription): void;
  /** Whether what needs a login may go out. */
  isLoggedIn(): boolean;
}

/**
 * What the application wants, by topic. The wire follows it: `flush` sends what makes the server's view the wanted one,
 * once a tick, so that a listener that leaves and comes back in one tick costs nothing.
 */
export class Subscriptions {
  readonly #byTopic = new Map<string, Subscription>();
  readonly #changed = new Set<Subscription>();
  readonly #settings: Settings;
  readonly #does: SubscriptionsDo;
  readonly #quarantine = new Quarantine();
  /** Whether there is a wire. */
  #online = false;
  #scheduled = false;

  constructor(settings: Settings, does: SubscriptionsDo) {
    this.#settings = settings;
    this.#does = does;
  }

  add(route: AnyRoute, topic: string, params: object, listener: AnyListener) {
    let subscription = this.#byTopic.get(topic);
    if (subscription === undefined) {
      subscription = new Subscription(route, topic, params, this.#settings, this.#does);
      this.#byTopic.set(topic, subscription);
      this.#restore(subscription);
    } else if (subscription.status.state === "error" && !(subscription.condemned && subscription.wanted)) {
      // Whoever asks again, asks the server again.
      subscription.condemned = false;
      subscription.setStatus(PENDING);
    }
    const { ready, stop } = subscription.add(listener);
    const changed = subscription;
    this.#touch(changed);
    return {
      subscription,
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

  all(): Iterable<Subscription> {
    return this.#byTopic.values();
  }

  connected(): void {
    this.#online = true;
    this.sendAll();
  }

  /** Sends what is wanted and may go out by now. */
  sendAll(): void {
    for (const subscription of this.#byTopic.values()) this.#changed.add(subscription);
    this.#flush();
  }

  disconnected(): void {
    this.#online = false;
    for (const subscription of this.#byTopic.values()) subscription.disconnected();
  }

  /** A subscription fails. Where trying again may help, it is asked for again after a backoff. */
  fail(subscription: Subscription, error: ClientError): void {
    subscription.asked = false;
    subscription.setStatus({ state: "error", error });
    this.#does.report(error);
    if (!error.retryable) return;
    subscription.cancelRetry();
    subscription.cancelRetry = this.#settings.clock.after(subscription.retries.next("backoff", 0), () => {
      if (subscription.status.error !== error) return;
      subscription.setStatus(PENDING);
      this.#touch(subscription);
    });
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
    if (suspect && this.#maySend(suspect)) this.#does.ask("subscribe", suspect);
  }

  /** Hands what is held to the storage. */
  save(): void {
    const saved = new Map<string, SavedTopic>();
    for (const subscription of this.#byTopic.values()) {
      const topic = subscription.save();
      if (topic) saved.set(subscription.topic, topic);
    }
    this.#guard(() => this.#settings.storage?.save(saved));
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
      else if (this.#online && !subscription.asked && subscription.status === PENDING) {
        if (!this.#quarantine.has(subscription) && this.#maySend(subscription))
          this.#does.ask("subscribe", subscription);
      }
    }
  }

  #maySend({ route }: Subscription): boolean {
    return route.access !== "private" || this.#does.isLoggedIn();
  }

  #restore(subscription: Subscription): void {
    this.#guard(() => {
      const saved = this.#settings.storage?.load(subscription.topic);
      if (saved === undefined) return;
      const { parseUpdate } = subscription.route;
      // A page of another version may have saved it.
      subscription.restore(parseUpdate ? { ...saved, known: saved.known.map((update) => parseUpdate(update)) } : saved);
    });
  }

  #guard(use: () => void): void {
    try {
      use();
    } catch (cause) {
      this.#does.report(
        new ClientError("storage_failed", `The storage failed, so nothing is resumed: ${cause}`, { cause }),
      );
    }
  }

  #condemn(subscription: Subscription, reason: string): void {
    const { topic, route } = subscription;
    const message =
      `The server closed the connection on the subscribe to ${topic}: ${reason || "it gave no reason"}. It is not sent ` +
      `again. Check that this server has the route ${route.name} and takes these parameters; then stop, and subscribe anew`;
    subscription.condemned = true;
    this.fail(subscription, new ClientError("rejected", message, subscription));
  }

  #drop(subscription: Subscription): void {
    subscription.cancelRetry();
    // A newer subscription of the topic may stand in its place.
    if (this.#byTopic.get(subscription.topic) === subscription) this.#byTopic.delete(subscription.topic);
    if (this.#online && subscription.subscribes > 0) this.#does.ask("unsubscribe", subscription);
  }
}
