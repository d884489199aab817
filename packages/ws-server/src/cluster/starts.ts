import type { Position } from "@trading/topic";
import { SourceError, WsServerError } from "../errors.js";
import type { Logger } from "../platform/logger.js";
import type { StartableTopic, StartableTopics } from "../topics/pub-sub/pub-sub.js";
import type { Claim } from "./bus.js";
import type { AwaitedRun, FeedWriter } from "./feed-writer.js";
import type { WantedTopic } from "./messages.js";
import type { WaitingFollower } from "./owner.js";

/** A topic whose run has not joined yet, and the followers that wait for it. */
export class Start implements AwaitedRun {
  readonly instead: Claim | undefined;
  waiting: readonly WaitingFollower[] = [];

  /** @param instead the claim to replace */
  constructor(instead: Claim | undefined) {
    this.instead = instead;
  }

  add(writer: FeedWriter, id: number, position: Position | undefined): void {
    writer.wait(id, this);
    this.waiting = [...this.waiting, { writer, id, position }];
  }

  onUnfollowed(writer: FeedWriter, id: number): void {
    this.waiting = this.waiting.filter((one) => one.writer !== writer || one.id !== id);
  }
}

/** The services that starts use. */
export interface StartServices {
  readonly logger: Logger;
  /** Returns whether this node owns the topics of a key, or may own them. */
  readonly mayOwn: (topic: StartableTopic) => boolean;
}

/** Starts topics that other nodes want and that have no run on this node. */
export class Starts {
  readonly #services: StartServices;
  readonly #pending = new Map<string, Start>();
  #topics: StartableTopics | undefined;
  /** The nodes with another version of a route, with its name. */
  readonly #mismatches = new Set<string>();

  constructor(services: StartServices) {
    this.#services = services;
  }

  /** The topics of the server. */
  serve(topics: StartableTopics): void {
    this.#topics = topics;
  }

  /** Another node wants a topic: it is started, or refused. */
  want(writer: FeedWriter, wanted: WantedTopic): void {
    const { id, topic: name, position, instead } = wanted;
    // A follower with a position follows an earlier run, and would not notice its end while it waits.
    // mutant: start-for-newcomers
    if (position !== undefined) return void writer.refuse(id, "not_owner");
    const pending = this.#pending.get(name);
    if (pending !== undefined) return void pending.add(writer, id, position);
    try {
      const topic = this.#topics?.find(name);
      const isOwn = topic !== undefined && /* mutant: start-own-topics */ this.#services.mayOwn(topic);
      if (!isOwn) return void writer.refuse(id, "not_owner");
      if (!this.hasSameSchema(writer, wanted, topic.schema)) return;
      const { key = name } = topic;
      const start = new Start(instead && { key, ...instead });
      start.add(writer, id, position);
      this.#pending.set(name, start);
      topic.start().addEventListener("abort", () => this.#onEnded(name, start), { once: true });
    } catch (error) {
      this.#pending.delete(name);
      this.#refuse(writer, id, name, error);
    }
  }

  /**
   * Refuses a follower whose node has another version of the topic's route: it would pass on updates that its clients do not expect.
   *
   * @param schema the form of the updates on this node; undefined = not compared
   * @returns whether the node can follow
   */
  hasSameSchema(writer: FeedWriter, { id, topic, schema: wanted }: WantedTopic, schema: string | undefined): boolean {
    if (wanted === undefined || schema === undefined || /* mutant: compare-schemas */ wanted === schema) return true;
    const route = topic.slice(0, Math.max(0, topic.indexOf(":")));
    const fields = { node: writer.follower, route };
    // One line for each node and route, although clients try again.
    const name = `${writer.follower} ${route}`;
    if (!this.#mismatches.has(name))
      this.#services.logger.warn("Another server has another version of a route", fields);
    this.#mismatches.add(name);
    writer.end(id, otherSchema(route));
    return false;
  }

  /** The run of a topic joins. @returns the followers for which it was started */
  take(topic: string): Start | undefined {
    const start = this.#pending.get(topic);
    this.#pending.delete(topic);
    return start;
  }

  /** The run has ended before it has joined. */
  #onEnded(topic: string, start: Start): void {
    if (this.#pending.get(topic) !== start) return;
    this.#pending.delete(topic);
    for (const { writer, id } of start.waiting) writer.refuse(id, "ending");
  }

  #refuse(writer: FeedWriter, id: number, topic: string, error: unknown): void {
    if (!(error instanceof WsServerError)) {
      this.#services.logger.error("A topic could not be started for another node", { topic, error });
      writer.end(id, UNAVAILABLE);
    } else if (error.code === "closed") writer.refuse(id, "ending");
    else writer.end(id, error);
  }
}

/** It can succeed later, because the servers of a cluster are replaced one after the other. */
function otherSchema(route: string): SourceError {
  const message = `The server that runs the source of this topic has another version of the route ${JSON.stringify(route)}`;
  return new SourceError("other_schema", `${message}: run the same version on all servers`, { retryable: true });
}

const UNAVAILABLE = new WsServerError("source_unavailable", "The source could not start", { retryable: true });
