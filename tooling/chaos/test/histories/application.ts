import {
  type Client,
  type ClientError,
  type ClientInspection,
  createClient,
  type Gap,
  type StorageLike,
  sessionTopics,
  type TopicStatus,
} from "@trading/ws-client";
import { WebSocket } from "ws";
import type { Journal, ListenerJournal, ListenerStatus } from "../../src/index.js";
import { KEPT_UPDATES, type RouteName, routes, topicKindOf } from "./routes.js";
import type { Tally } from "./tally.js";

const LISTENER_STATUS: Readonly<Record<TopicStatus["state"], ListenerStatus>> = {
  pending: "waiting",
  syncing: "subscribed",
  live: "subscribed",
  error: "failed",
};

/** Errors that a correct server can report: a source has ended, or the server closes. The client retries after each. */
const EXPECTED_ERRORS: ReadonlySet<string> = new Set(["source_ended", "closed"]);

/** The progress of one listener. */
export interface Listener {
  readonly topic: string;
  readonly state: TopicStatus["state"];
  /** The id of the last received update. */
  readonly last: string | undefined;
}

interface Subscription extends Listener {
  readonly route: RouteName;
  readonly name: string;
  journal: ListenerJournal;
  state: TopicStatus["state"];
  last: string | undefined;
  stop: () => void;
}

export interface ApplicationOptions {
  readonly url: string;
  readonly journal: Journal;
  readonly tally: Tally;
  /** Called when a listener receives an update or a status. */
  readonly onEvent: (topic: string, event: "update" | "status") => void;
  /** Called when the state of the connection changes. */
  readonly onState: () => void;
}

/** A client program that subscribes to topics and records what it receives. */
export class Application {
  /** Errors and gaps that a correct server would not cause, one sentence each. */
  readonly unexpected: string[] = [];
  readonly #options: ApplicationOptions;
  readonly #subscriptions = new Set<Subscription>();
  readonly #page = new Page();
  #client: Client;
  /** True while it closes its client: status changes that the close causes are ignored. */
  #isLeaving = false;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    this.#client = this.#open();
  }

  get listeners(): readonly Listener[] {
    return [...this.#subscriptions];
  }

  get isConnected(): boolean {
    return this.#client.state.status === "connected";
  }

  subscribe(route: RouteName, name: string): void {
    const topic = topicOf(route, name);
    const journal = this.#journal(topic, route);
    const subscription: Subscription = {
      topic,
      route,
      name,
      journal,
      state: "pending",
      last: undefined,
      stop: () => {},
    };
    this.#subscriptions.add(subscription);
    this.#attach(subscription);
  }

  /** Stops one of the listeners, if there are any. */
  stop(index: number): void {
    const subscription = this.#subscriptionAt(index);
    if (subscription !== undefined) this.#stop(subscription);
  }

  /** Stops all listeners of one topic, then subscribes again while earlier updates are still in transit. */
  async resubscribe(index: number, meanwhile: (topic: string) => Promise<void>): Promise<void> {
    const first = this.#subscriptionAt(index);
    if (first === undefined) return;
    for (const subscription of this.#subscriptions) if (subscription.topic === first.topic) this.#stop(subscription);
    await meanwhile(first.topic);
    this.subscribe(first.route, first.name);
  }

  /** Simulates a page reload: a new client resumes from what the previous one stored. */
  reload(): void {
    this.close();
    this.#client = this.#open();
    for (const subscription of this.#subscriptions) {
      // The application keeps the received updates of a log; the server sends a keyed state again.
      if (subscription.route === "log") subscription.journal.status("waiting");
      else {
        subscription.journal.stopped();
        subscription.journal = this.#journal(subscription.topic, subscription.route);
      }
      subscription.state = "pending";
      subscription.last = undefined;
      this.#attach(subscription);
    }
  }

  close(): void {
    this.#isLeaving = true;
    this.#client.close();
    this.#isLeaving = false;
  }

  inspect(): ClientInspection {
    return this.#client.inspect();
  }

  #subscriptionAt(index: number): Subscription | undefined {
    const subscriptions = [...this.#subscriptions];
    return subscriptions[index % Math.max(1, subscriptions.length)];
  }

  #stop(subscription: Subscription): void {
    subscription.journal.stopped();
    this.#subscriptions.delete(subscription);
    subscription.stop();
  }

  #attach(subscription: Subscription): void {
    const { topic, route, name, journal } = subscription;
    const { tally, onEvent } = this.#options;
    subscription.stop = this.#client.subscribe(
      routes[route],
      { name },
      {
        onUpdate: ({ id }, { offset, recovered, snapshot }) => {
          subscription.last = id;
          journal.update({ id, offset });
          tally.count(recovered ? "recovered" : snapshot ? "snapshot" : "news");
          onEvent(topic, "update");
        },
        onStatus: ({ state }) => {
          if (this.#isLeaving) return;
          subscription.state = state;
          journal.status(LISTENER_STATUS[state]);
          onEvent(topic, "status");
        },
        onGap: (gap) => {
          journal.gap(gap);
          this.#gap(gap);
        },
      },
    );
  }

  #gap({ topic, reason, before, after }: Gap): void {
    this.#options.tally.count(before?.epoch === after?.epoch ? "gap in a run" : "gap into another run");
    // The server numbers all updates. A gap without positions would hide losses, since it covers any update.
    if (reason !== "not_recovered" || !before || !after) this.unexpected.push(`The gap of ${topic} has no positions`);
  }

  #journal(topic: string, route: RouteName): ListenerJournal {
    return this.#options.journal.listener(topic, topicKindOf(route), { keptUpdates: KEPT_UPDATES });
  }

  #open(): Client {
    const { url, tally, onState } = this.#options;
    const client = createClient({
      url,
      WebSocket,
      eager: true,
      backoffInitialMs: 2,
      backoffMaxMs: 30,
      connectTimeoutMs: 300,
      random: () => 0.5,
      storage: sessionTopics({ storage: this.#page }),
      onError: (error) => this.#failed(error),
    });
    client.onState(({ reason }) => {
      const [, code] = /^Connection lost \((\d+)/.exec(reason) ?? [];
      if (code !== undefined) tally.count(`lost with ${code}`);
      onState();
    });
    return client;
  }

  #failed({ code, message }: ClientError): void {
    this.#options.tally.count(`error ${code}`);
    if (!EXPECTED_ERRORS.has(code)) this.unexpected.push(`${code}: ${message}`);
  }
}

export function topicOf(route: RouteName, name: string): string {
  return routes[route].buildTopic({ name });
}

/** The session storage, which survives a reload. */
class Page implements StorageLike {
  readonly #items = new Map<string, string>();

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
}
