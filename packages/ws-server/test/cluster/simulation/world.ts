import { defineRoute } from "@trading/topic";
import * as z from "zod/mini";
import type { Publish, ServeOptions } from "../../../src/index.js";
import type { Journal } from "./journal.js";
import type { SeededRandom } from "./random.js";
import type { Scheduler } from "./scheduler.js";

const shape = {
  params: z.object({ name: z.string() }),
  update: z.object({ id: z.string(), key: z.string() }),
  access: "public",
  summary: "",
} as const;

export const ROUTES = {
  log: defineRoute({ name: "log", ...shape, keep: { count: 40 } }),
  keyed: defineRoute({ name: "keyed", ...shape, key: "key" }),
};

export type RouteName = keyof typeof ROUTES;

/** Decides who owns the topics of a name: one node for those of both routes, the node with the lock, or one for each topic. */
const OWNERS: Readonly<Record<string, ServeOptions<{ readonly name: string }>>> = {
  shared: { owner: ({ name }) => name },
  locked: { owner: ({ name }) => name, isHeld: true },
};

/** The key of the topics that only the node with the lock runs. */
export const LOCKED_KEY = "locked";

export interface WorldUpdate {
  readonly id: string;
  readonly key: string;
}

/** The node on which a source runs. */
export interface SourceHost {
  readonly clock: {
    readonly isDead: boolean;
    run(callback: () => void): void;
    after(ms: number, run: () => void): () => void;
  };
}

/** Something that happens outside, whatever the nodes do: what the sources of a topic publish. */
export class Feed {
  readonly topic: string;
  readonly route: RouteName;
  readonly name: string;
  readonly serving: ServeOptions<{ readonly name: string }>;
  /** The last update of each key. */
  readonly state = new Map<string, WorldUpdate>();
  readonly listeners = new Map<(update: WorldUpdate) => void, SourceHost>();
  last: WorldUpdate | undefined;
  count = 0;
  isQuiet = false;

  constructor(route: RouteName, name: string) {
    this.route = route;
    this.name = name;
    this.topic = ROUTES[route].topic({ name });
    this.serving = OWNERS[name] ?? {};
  }
}

/** The feeds of all topics, and the sources that nodes start from them. */
export class World {
  readonly feeds: readonly Feed[];
  readonly #scheduler: Scheduler;
  readonly #random: SeededRandom;
  readonly #journal: Journal;

  constructor(scheduler: Scheduler, random: SeededRandom, journal: Journal) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#journal = journal;
    this.feeds = (["log", "keyed"] as const).flatMap((route) =>
      ["own", "shared", "locked"].map((name) => new Feed(route, name)),
    );
    for (const feed of this.feeds) this.#tick(feed);
  }

  /** The key of a topic. */
  keyOf(topic: string): string {
    const { serving, name } = this.feedOf(topic);
    return serving.owner?.({ name }) ?? topic;
  }

  feedOf(topic: string): Feed {
    return this.feeds.find((feed) => feed.topic === topic) as Feed;
  }

  /** Starts a source on a node, which takes a while, as stopping it does. */
  async createTopic(
    host: SourceHost,
    topic: string,
    publish: Publish<WorldUpdate>,
    signal: AbortSignal,
  ): Promise<() => Promise<void>> {
    // A promise that was resolved before its node was killed: no process continues after that.
    if (host.clock.isDead) return new Promise(() => {});
    const feed = this.feedOf(topic);
    this.#journal.sourceStarted(topic, host, this.keyOf(topic));
    await this.#wait(host, 5, 150);
    if (!signal.aborted) for (const update of feed.state.values()) publish(update);
    const listener = (update: WorldUpdate) => host.clock.run(() => publish(update));
    feed.listeners.set(listener, host);
    return async () => {
      feed.listeners.delete(listener);
      await this.#wait(host, 1, 80);
      this.#journal.sourceStopped(topic, host);
    };
  }

  /** A node has died, with its sources. */
  forget(host: SourceHost): void {
    for (const feed of this.feeds) {
      for (const [listener, owner] of feed.listeners) if (owner === host) feed.listeners.delete(listener);
      this.#journal.sourceStopped(feed.topic, host);
    }
  }

  #tick(feed: Feed): void {
    this.#scheduler.after(this.#random.between(20, 600), () => {
      if (!feed.isQuiet) {
        const key = feed.route === "keyed" ? `k${Math.floor(this.#random.fraction() * 5)}` : "";
        const update = { id: `${feed.topic}#${++feed.count}`, key };
        feed.last = update;
        if (feed.route === "keyed") feed.state.set(key, update);
        for (const listener of [...feed.listeners.keys()]) listener(update);
      }
      this.#tick(feed);
    });
  }

  #wait(host: SourceHost, least: number, most: number): Promise<void> {
    return new Promise((resolve) => void host.clock.after(this.#random.between(least, most), resolve));
  }
}
