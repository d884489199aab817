import { resolveEndpoint } from "../connection/endpoint.js";
import { defer } from "../defer.js";
import type { ClientError } from "../errors.js";
import type { Settings } from "../options.js";
import type { Reporter } from "../reporter.js";
import type { ReplyHandler } from "../requests/pending-requests.js";
import type { AnyListener, AnyRoute } from "./listener.js";
import { Subscription, type SubscriptionContext, type Verb } from "./subscription.js";
import { SuspectSubscriptions } from "./suspect-subscriptions.js";
import type { SavedTopic, TopicOwner, TopicStorage } from "./topic-storage.js";

/** The connection, as seen by subscriptions. */
export interface TopicCommands {
  readonly protocol: "session" | "base" | undefined;
  readonly echoesIds: boolean;
  send(type: string, payload: string, handler: ReplyHandler, options: { readonly extra: string }): void;
}

/** The state of the client, as seen by subscriptions. */
export interface SubscriptionsHost {
  /** Returns whether a subscribe can be sent now; a private one needs a finished login. */
  canSend(isPrivate: boolean): boolean;
  /** Returns the user of the last login; `""` if the server does not name users, undefined for a visitor. */
  user(): string | undefined;
  /** A subscription was removed. */
  removed(): void;
}

/** A request about a topic that waits for its reply. */
interface UnansweredRequest {
  readonly subscription: Subscription;
  /** Whether its reply is late, and no longer waited for. */
  isOverdue: boolean;
}

/**
 * The subscriptions of a client, by topic. Changes are sent once per tick, so that a listener that is removed and added again
 * within a tick causes no frame.
 */
export class Subscriptions {
  readonly #context: SubscriptionContext;
  readonly #commands: TopicCommands;
  readonly #host: SubscriptionsHost;
  readonly #byTopic = new Map<string, Subscription>();
  /** Subscriptions that may have to be sent or removed. */
  readonly #changed = new Set<Subscription>();
  /** Oldest first. */
  readonly #unanswered = new Set<UnansweredRequest>();
  readonly #suspects = new SuspectSubscriptions();
  #storage: TopicStorage | undefined;
  #isFlushScheduled = false;

  constructor(settings: Settings, reporter: Reporter, commands: TopicCommands, host: SubscriptionsHost) {
    this.#commands = commands;
    this.#host = host;
    this.#storage = settings.storage;
    this.#context = {
      settings,
      reporter,
      knownBytes: 0,
      isOverflowReported: false,
      server: commands,
      request: (...request) => this.#request(...request),
      changed: (subscription) => this.#scheduleFlush(subscription),
      canSend: (subscription) => this.#canSendRoute(subscription),
    };
  }

  add(route: AnyRoute, topic: string, params: object, listener: AnyListener) {
    let subscription = this.#byTopic.get(topic);
    if (subscription === undefined) {
      subscription = new Subscription(route, topic, params, this.#context);
      this.#byTopic.set(topic, subscription);
      this.#restore(subscription);
    }
    return { subscription, ...subscription.add(listener) };
  }

  get size(): number {
    return this.#byTopic.size;
  }

  get(topic: string): Subscription | undefined {
    return this.#byTopic.get(topic);
  }

  all(): Subscription[] {
    return [...this.#byTopic.values()];
  }

  /** Sends every subscription that has to be sent and can be sent, except suspects. */
  sendAll(): void {
    for (const subscription of this.#byTopic.values()) this.#changed.add(subscription);
    this.#flush();
  }

  /**
   * Sends the next suspect if no other request waits for its reply, so that a close identifies the cause. Called after every
   * reply, and when sending becomes possible.
   */
  sendNextSuspect(): void {
    if (!this.#host.canSend(false) || [...this.#unanswered].some(({ isOverdue }) => !isOverdue)) return;
    const suspect = this.#suspects.next();
    if (suspect && this.#canSendRoute(suspect)) suspect.subscribe();
  }

  /** The user has logged in: restores private subscriptions, and retries those that the server has refused. */
  loggedIn(): void {
    for (const subscription of this.#private()) {
      if (subscription.isNew) this.#restore(subscription);
      subscription.retry();
    }
  }

  /** This user has logged out, or is replaced by another one. */
  userChanged(user: string | undefined): void {
    for (const subscription of this.#private()) subscription.reset();
    if (user) this.#withStorage(user, (storage, owner) => storage.save(new Map(), owner));
  }

  /** Returns a subscription that the server has confirmed on this connection, if there is one. */
  confirmed(): Subscription | undefined {
    return this.all().find(({ isConfirmed }) => isConfirmed);
  }

  /** Repeats the subscribe of a confirmed topic, as a heartbeat. Returns false if there is none. */
  repeatSubscribe(): boolean {
    const confirmed = this.confirmed();
    // mutant: repeat-subscribe
    confirmed?.subscribe();
    return confirmed !== undefined;
  }

  lost(): void {
    this.#unanswered.clear();
    for (const subscription of this.#byTopic.values()) subscription.lost();
  }

  /**
   * The server closed the connection because it could not accept a frame. If only one subscription has no reply, it fails;
   * otherwise each of them is sent alone, after all others. Returns whether any of them can be the cause.
   */
  frameRejected(reason: string): boolean {
    const unanswered = Array.from(this.#unanswered, ({ subscription }) => subscription);
    const suspects = this.#suspects.addUnconfirmed(new Set(unanswered));
    const [suspect] = suspects;
    if (suspects.length === 1 && suspect?.hasListeners) suspect.reject(reason);
    return suspects.length > 0;
  }

  /** Saves the topics to the option `storage`. */
  save(): void {
    const user = this.#host.user();
    for (const privateTo of user ? [undefined, user] : [undefined]) {
      const saved = new Map<string, SavedTopic>();
      for (const subscription of this.#byTopic.values()) {
        const isIncluded = (subscription.route.access === "private") === (privateTo !== undefined);
        const topic = isIncluded && subscription.save();
        if (topic) saved.set(subscription.topic, topic);
      }
      this.#withStorage(privateTo, (storage, owner) => storage.save(saved, owner));
    }
  }

  /** Ends every subscription: the client is closed. */
  end(error: ClientError): void {
    const ended = this.all();
    this.#byTopic.clear();
    this.#changed.clear();
    for (const subscription of ended) subscription.end(error);
  }

  #scheduleFlush(subscription: Subscription): void {
    this.#changed.add(subscription);
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    // mutant: defer-flush
    defer(() => {
      this.#isFlushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    for (const subscription of this.#changed) {
      this.#changed.delete(subscription);
      if (!subscription.hasListeners) this.#remove(subscription);
      else if (subscription.isIdle && !this.#suspects.has(subscription) && this.#canSendRoute(subscription)) {
        subscription.subscribe();
      }
    }
  }

  #canSendRoute({ route }: Subscription): boolean {
    return this.#host.canSend(route.access === "private");
  }

  #private(): Subscription[] {
    return this.all().filter(({ route }) => route.access === "private");
  }

  #request(subscription: Subscription, verb: Verb, extra = ""): void {
    const request: UnansweredRequest = { subscription, isOverdue: false };
    this.#unanswered.add(request);
    const isSubscribe = verb === "subscribe";
    const handler: ReplyHandler = {
      replied: (payload) => {
        this.#unanswered.delete(request);
        try {
          if (isSubscribe) subscription.replied(payload);
        } finally {
          this.sendNextSuspect();
        }
      },
      failed: (code) => {
        if (code === "connection_lost") return;
        request.isOverdue = true;
        if (isSubscribe) subscription.replyOverdue();
        this.sendNextSuspect();
      },
    };
    this.#commands.send(`${subscription.route.name}.${verb}`, subscription.payload, handler, { extra });
  }

  #restore(subscription: Subscription): void {
    const { topic, route } = subscription;
    const isPrivate = route.access === "private";
    const user = isPrivate ? this.#host.user() : undefined;
    // Whose data it is must be known before it is shown.
    if (isPrivate && !user) return;
    let saved: SavedTopic | undefined;
    this.#withStorage(user, (storage, owner) => {
      saved = storage.load(topic, owner);
    });
    this.#context.reporter.guard("storage_failed", "The storage", () => {
      if (saved === undefined) return;
      const { parseUpdate } = route;
      // Another version of the page may have saved it.
      subscription.restoreSaved(
        parseUpdate ? { ...saved, known: saved.known.map((update) => parseUpdate(update)) } : saved,
      );
    });
  }

  /** Calls the storage for the topics of a user, or the public ones. One that throws is not used again: a sandboxed page has none, and a full one stays full. */
  #withStorage(user: string | undefined, call: (storage: TopicStorage, owner: TopicOwner) => void): void {
    const { settings, reporter } = this.#context;
    const storage = this.#storage;
    if (!storage) return;
    this.#storage = undefined;
    reporter.guard("storage_failed", "The storage", () => {
      call(storage, { url: resolveEndpoint(settings.url).shown, user });
      this.#storage = storage;
    });
  }

  #remove(subscription: Subscription): void {
    // A newer subscription may have taken its place.
    if (this.#byTopic.get(subscription.topic) === subscription) this.#byTopic.delete(subscription.topic);
    subscription.release();
    this.#host.removed();
  }
}
