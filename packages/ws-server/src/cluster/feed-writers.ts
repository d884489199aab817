import { FeedWriter, type FeedWriterServices } from "./feed-writer.js";
import type { NodeMessage, WantedTopic } from "./messages.js";
import type { ClusterTimings } from "./timings.js";

/** A message of a node that follows this one. */
export type FollowerMessage = Extract<NodeMessage, { readonly type: "sync" | "want" | "drop" | "alive" }>;

/** The services that the feeds use. */
export interface FeedWritersServices extends FeedWriterServices {
  readonly timings: ClusterTimings;
  /** A follower wants a topic that its feed does not have. */
  readonly onWanted: (writer: FeedWriter, wanted: WantedTopic) => void;
}

/** The feeds of the nodes that follow this one, one for each node: the last one that it has opened. */
export class FeedWriters {
  readonly #services: FeedWritersServices;
  readonly #writers = new Map<string, FeedWriter>();

  constructor(services: FeedWritersServices) {
    this.#services = services;
  }

  /** Number of nodes that follow a topic of this one. */
  get followers(): number {
    return [...this.#writers.values()].filter(({ topics }) => topics > 0).length;
  }

  onMessage(from: string, message: FollowerMessage): void {
    if (message.type === "sync") return void this.#open(from, message);
    const writer = this.#writers.get(from);
    if (writer === undefined || writer.feed !== message.feed) return;
    writer.onHeard();
    if (message.type === "alive") {
      // mutant: repeat-drops
      for (const id of message.dropped) writer.drop(id);
      writer.echo(message.beat);
    } else if (message.type === "drop") for (const id of message.ids) writer.drop(id);
    else this.#want(writer, message.topics);
  }

  /** The bus has room, or is connected again. */
  onDrain(): void {
    for (const writer of this.#writers.values()) writer.onDrain();
  }

  /** Forgets the nodes that have been silent for too long. */
  tick(): void {
    for (const [follower, writer] of this.#writers) {
      // mutant: forget-silent-follower
      if (writer.silentMs <= this.#services.timings.interestMs) continue;
      this.#writers.delete(follower);
      writer.close();
    }
  }

  /** Sends what there is to send. */
  flush(): void {
    for (const writer of this.#writers.values()) writer.flush();
  }

  #open(from: string, { feed, topics }: NodeMessage & { readonly type: "sync" }): void {
    const before = this.#writers.get(from);
    const writer = new FeedWriter(from, feed, this.#services);
    this.#writers.set(from, writer);
    this.#want(writer, topics);
    // Only now, so that no topic is without followers in between.
    // mutant: close-former-feed
    before?.close();
    writer.flush(true);
  }

  #want(writer: FeedWriter, topics: readonly WantedTopic[]): void {
    for (const wanted of topics) if (!writer.has(wanted.id)) this.#services.onWanted(writer, wanted);
  }
}
