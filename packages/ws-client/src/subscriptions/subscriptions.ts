import { backoffMs } from "../connection/backoff.js";
import type { Core } from "../core.js";
import { ClientError } from "../errors.js";
import { type AnyListener, type AnyRoute, PENDING } from "./listener.js";
import { Subscription } from "./subscription.js";
import { Quarantine } from "./suspect-subscriptions.js";
import type { SavedTopic } from "./topic-storage.js";

/**
 * What the application wants, by topic. The wire follows it: `flush` sends what makes the server's view the wanted one,
 * once a tick, so that a listener that leaves and comes back in one tick costs nothing.
 */
export class Subscriptions {
  readonly #byTopic = new Map<string, Subscription>();
  readonly #changed = new Set<Subscription>();
  readonly #core: Core;
  readonly #quarantine = new Quarantine();
  /** Whether there is a wire. */
  #online = false;
  #scheduled = false;

  constructor(core: Core) {
    this.#core = core;
  }

  add(route: AnyRoute, topic: string, params: object, listener: AnyListener) {
    let subscription = this.#byTopic.get(topic);
    if (subscription === undefined) {
      subscription = new Subscription(route, topic, params, this.#core);
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

  all(): Subscription[] {
    return [...this.#byTopic.values()];
  }

  firstConfirmed(): Subscription | undefined {
    return this.all().find(({ isConfirmed }) => isConfirmed);
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
    this.#core.report(error);
    if (!error.retryable) return;
    const { settings } = this.#core;
    subscription.cancelRetry();
    subscription.cancelRetry = settings.clock.after(backoffMs(settings, subscription.failures++), () => {
      if (subscription.status.error !== error) return;
      subscription.setStatus(PENDING);
      this.#touch(subscription);
    });
  }

  /** The server holds nothing of a topic any more. */
  ended(topic: string, error: ClientError): void {
    const subscription = this.#byTopic.get(topic);
    if (!subscription?.asked) return;
    subscription.subscribes = 0;
    this.fail(subscription, error);
  }

  /**
   * The server closed the connection on the frame of one of these. Where that is clear, the topic fails; else each is tried
   * alone once all others stand. Returns whether any can have been it.
   */
  rejected(reason: string): boolean {
    const suspects = this.#quarantine.suspect(this.#core.wire.requests.subscriptions(true));
    const [culprit] = suspects;
    if (suspects.length === 1 && culprit?.wanted) this.#condemn(culprit, reason);
    return suspects.length > 0;
  }

  /** Tries the next suspect, while nothing else is under way, so that a close tells whose it is. */
  tryNext(): void {
    const isIdle = this.#online && this.#core.wire.requests.subscriptions(false).length === 0;
    const suspect = isIdle ? this.#quarantine.next() : undefined;
    if (suspect && this.#maySend(suspect)) this.#core.wire.ask("subscribe", suspect);
  }

  /** Hands what is held to the storage. */
  save(): void {
    const saved = new Map<string, SavedTopic>();
    for (const subscription of this.#byTopic.values()) {
      const topic = subscription.save();
      if (topic) saved.set(subscription.topic, topic);
    }
    this.#core.guard("storage_failed", "The storage", () => this.#core.settings.storage?.save(saved));
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
          this.#core.wire.ask("subscribe", subscription);
      }
    }
  }

  #maySend({ route }: Subscription): boolean {
    return route.access !== "private" || this.#core.login.isDone;
  }

  #restore(subscription: Subscription): void {
    this.#core.guard("storage_failed", "The storage", () => {
      const saved = this.#core.settings.storage?.load(subscription.topic);
      if (saved === undefined) return;
      const { parseUpdate } = subscription.route;
      // A page of another version may have saved it.
      subscription.restore(parseUpdate ? { ...saved, known: saved.known.map((update) => parseUpdate(update)) } : saved);
    });
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
    if (this.#online && subscription.subscribes > 0) this.#core.wire.ask("unsubscribe", subscription);
  }
}
