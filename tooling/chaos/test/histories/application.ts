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
import type { Journal, ListenerJournal, ToldStatus } from "../../src/index.js";
import { KEPT_UPDATES, promisedBy, type RouteName, routes } from "./routes.js";
import type { Tally } from "./tally.js";

const TOLD: Readonly<Record<TopicStatus["state"], ToldStatus>> = {
  pending: "waiting",
  syncing: "subscribed",
  live: "subscribed",
  error: "failed",
};

/** What the server may rightly say: that a source has ended, and that it closes. Each is tried again. */
const EXPECTED_ERRORS: ReadonlySet<string> = new Set(["source_ended", "closed"]);

/** What one listener waits for. */
export interface Listener {
  readonly topic: string;
  readonly state: TopicStatus["state"];
  /** The last update that it was told. */
  readonly last: string | undefined;
}

interface Hold extends Listener {
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
  /** A listener was told something. */
  readonly onTold: (topic: string, what: "update" | "status") => void;
}

/** A program that listens to topics, and writes down what it is told. */
export class Application {
  /** What it was told and should not have been, one sentence each. */
  readonly surprises: string[] = [];
  readonly #options: ApplicationOptions;
  readonly #holds = new Set<Hold>();
  readonly #page = new Page();
  #client: Client;
  /** What a client says of its own end is nothing to whoever ends it. */
  #isLeaving = false;

  constructor(options: ApplicationOptions) {
    this.#options = options;
    this.#client = this.#open();
  }

  get listeners(): readonly Listener[] {
    return [...this.#holds];
  }

  subscribe(route: RouteName, name: string): void {
    const topic = topicOf(route, name);
    const journal = this.#journal(topic, route);
    const hold: Hold = { topic, route, name, journal, state: "pending", last: undefined, stop: () => {} };
    this.#holds.add(hold);
    this.#listen(hold);
  }

  /** One of its listeners stops, if there is any. */
  stop(index: number): void {
    const hold = this.#hold(index);
    if (hold !== undefined) this.#stop(hold);
  }

  /** Lets go of what one of its listeners listens to, and takes hold of it again while updates are still under way. */
  async resubscribe(index: number, meanwhile: (topic: string) => Promise<void>): Promise<void> {
    const first = this.#hold(index);
    if (first === undefined) return;
    for (const hold of this.#holds) if (hold.topic === first.topic) this.#stop(hold);
    await meanwhile(first.topic);
    this.subscribe(first.route, first.name);
  }

  /** As a page that is loaded again: another client takes up what the one before it has saved. */
  reload(): void {
    this.close();
    this.#client = this.#open();
    for (const hold of this.#holds) {
      // What was told of a log lies with the application; a state is told again.
      if (hold.route === "log") hold.journal.status("waiting");
      else {
        hold.journal.stopped();
        hold.journal = this.#journal(hold.topic, hold.route);
      }
      hold.state = "pending";
      hold.last = undefined;
      this.#listen(hold);
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

  #hold(index: number): Hold | undefined {
    const holds = [...this.#holds];
    return holds[index % Math.max(1, holds.length)];
  }

  #stop(hold: Hold): void {
    hold.journal.stopped();
    this.#holds.delete(hold);
    hold.stop();
  }

  #listen(hold: Hold): void {
    const { topic, route, name, journal } = hold;
    const { tally, onTold } = this.#options;
    hold.stop = this.#client.subscribe(
      routes[route],
      { name },
      {
        onUpdate: ({ id }, { offset, recovered, snapshot }) => {
          hold.last = id;
          journal.update({ id, offset });
          tally.count(recovered ? "recovered" : snapshot ? "snapshot" : "news");
          onTold(topic, "update");
        },
        onStatus: ({ state }) => {
          if (this.#isLeaving) return;
          hold.state = state;
          journal.status(TOLD[state]);
          onTold(topic, "status");
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
    // Our server numbers everything: a gap without positions could cover anything.
    if (reason !== "not_recovered" || !before || !after) this.surprises.push(`a gap of ${topic} had no positions`);
  }

  #journal(topic: string, route: RouteName): ListenerJournal {
    return this.#options.journal.listener(topic, promisedBy(route), { keptUpdates: KEPT_UPDATES });
  }

  #open(): Client {
    const { url, tally } = this.#options;
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
    });
    return client;
  }

  #failed({ code, message }: ClientError): void {
    this.#options.tally.count(`error ${code}`);
    if (!EXPECTED_ERRORS.has(code)) this.surprises.push(`${code}: ${message}`);
  }
}

export function topicOf(route: RouteName, name: string): string {
  return routes[route].buildTopic({ name });
}

/** What outlives the page. */
class Page implements StorageLike {
  readonly #items = new Map<string, string>();

  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
}
