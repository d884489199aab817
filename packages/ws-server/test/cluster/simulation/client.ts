import type { Position } from "@trading/topic";
import { SourceError, type WsServerError } from "../../../src/index.js";
import type { Frame } from "../../../src/topics/frame.js";
import type { Subscriber, Subscription } from "../../../src/topics/subscription.js";
import type { Journal } from "./journal.js";
import type { NodeConnection, SimulatedNode } from "./node.js";
import type { SeededRandom } from "./random.js";
import type { Scheduler } from "./scheduler.js";
import type { Feed, WorldUpdate } from "./world.js";

const START_TIMEOUT_MS = 2_500;

/** A topic of a client, as its application sees it. */
export class ClientTopic {
  readonly feed: Feed;
  position: Position | undefined;
  isLive = false;
  wasLive = false;
  isWanted = true;
  hadGap = false;
  liveSince = 0;
  failures = 0;
  last: WorldUpdate | undefined;
  /** The last update of each key. */
  readonly known = new Map<string, string>();

  constructor(feed: Feed) {
    this.feed = feed;
  }
}

/** The parts of a simulation that a client uses. */
export interface ClientServices {
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly journal: Journal;
  /** Returns the nodes that take connections. */
  readonly openNodes: () => readonly SimulatedNode[];
}

/** A client like the SDK: it reconnects to any node, resumes with its positions, and subscribes again when a topic ends. */
export class SimulatedClient {
  readonly name: string;
  readonly topics = new Map<string, ClientTopic>();
  readonly #services: ClientServices;
  #connection: ClientConnection | undefined;

  constructor(name: string, services: ClientServices) {
    this.name = name;
    this.#services = services;
    this.#connect();
  }

  get node(): SimulatedNode | undefined {
    return this.#connection?.node;
  }

  want(feed: Feed): void {
    if (this.topics.has(feed.topic)) return;
    const topic = new ClientTopic(feed);
    this.topics.set(feed.topic, topic);
    this.#connection?.subscribe(topic);
  }

  unwant(feed: Feed): void {
    const topic = this.topics.get(feed.topic);
    if (topic === undefined) return;
    topic.isWanted = false;
    this.topics.delete(feed.topic);
    this.#connection?.unsubscribe(topic);
  }

  /** Loses its connection. */
  cut(): void {
    this.#connection?.close();
  }

  #connect(): void {
    const { scheduler, random, openNodes } = this.#services;
    const nodes = openNodes();
    if (nodes.length === 0) return void scheduler.after(200, () => this.#connect());
    this.#connection = new ClientConnection(this, random.pick(nodes), this.#services, () => {
      this.#connection = undefined;
      for (const topic of this.topics.values()) topic.isLive = false;
      scheduler.after(random.between(50, 1_200), () => this.#connect());
    });
    for (const topic of this.topics.values()) this.#connection.subscribe(topic);
  }
}

/** One connection of a client: messages take a while, and arrive in order. */
class ClientConnection implements Subscriber, NodeConnection {
  readonly node: SimulatedNode;
  readonly #client: SimulatedClient;
  readonly #services: ClientServices;
  readonly #onClosed: () => void;
  #isOpen = true;
  #toNodeAt = 0;
  #toClientAt = 0;

  readonly sink = {
    take: (frame: Frame): boolean => {
      const { topic, offset, payload } = parse(frame);
      this.#toClient(() => this.#onUpdate(topic, offset, payload));
      return true;
    },
    markLagging: (subscription: Subscription): void => void subscription.read(this.sink.take),
    discard: (): void => {},
    flush: (): void => {},
  };

  constructor(client: SimulatedClient, node: SimulatedNode, services: ClientServices, onClosed: () => void) {
    this.#client = client;
    this.node = node;
    this.#services = services;
    this.#onClosed = onClosed;
    node.connections.add(this);
  }

  subscribe(topic: ClientTopic): void {
    const { feed, position } = topic;
    this.#toNode(() => {
      const subscription = this.node.registry.acquire(this, this.node.topic(feed.route, feed.name));
      const late = new SourceError("source_unavailable", "The source did not start in time", { retryable: true });
      const cancel = this.node.clock.after(START_TIMEOUT_MS, () => this.node.registry.abandon(subscription, late));
      subscription.started.then(
        () => {
          cancel();
          if (subscription.endedBy !== undefined) return this.#toClient(() => this.#onEnded(topic, "ended"));
          const { epoch, offset, recovered } = subscription.accept(position);
          this.#toClient(() => this.#onReply(topic, { epoch, offset }, recovered));
          subscription.open();
        },
        ({ code }: WsServerError) => {
          cancel();
          if (code !== "unsubscribed") this.#toClient(() => this.#onEnded(topic, code));
        },
      );
    });
  }

  unsubscribe({ feed }: ClientTopic): void {
    this.#toNode(() => this.node.registry.release(this, feed.topic));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.node.connections.delete(this);
    this.#services.scheduler.touch();
    this.node.clock.run(() => this.node.registry.releaseAll(this));
    this.#onClosed();
  }

  onNodeGone(): void {
    this.close();
  }

  onCurrent(): void {}

  onLost(): void {
    this.#services.journal.bad(`${this.#client.name}: a subscription with room has lost updates`);
  }

  onEnded(name: string, { code, retryable }: { readonly code: string; readonly retryable: boolean }): void {
    if (!retryable)
      this.#services.journal.bad(`${this.#client.name}: ${name} ended as ${code}, which is not retryable`);
    this.#toClient(() => {
      const topic = this.#client.topics.get(name);
      if (topic !== undefined) this.#onEnded(topic, code);
    });
  }

  #toNode(run: () => void): void {
    const { scheduler, random } = this.#services;
    this.#toNodeAt = Math.max(this.#toNodeAt, scheduler.now + random.between(1, 5));
    scheduler.after(this.#toNodeAt - scheduler.now, () => {
      scheduler.touch();
      this.node.clock.run(() => {
        if (this.#isOpen && this.node.isOpen) run();
      });
    });
  }

  #toClient(run: () => void): void {
    const { scheduler, random } = this.#services;
    if (!this.#isOpen) return;
    this.#toClientAt = Math.max(this.#toClientAt, scheduler.now + random.between(1, 5));
    scheduler.after(this.#toClientAt - scheduler.now, () => {
      if (this.#isOpen) run();
    });
  }

  #onReply(topic: ClientTopic, position: Position, recovered: boolean | undefined): void {
    if (!topic.isWanted) return;
    const { journal, scheduler } = this.#services;
    const before = topic.position;
    if (topic.wasLive && (before?.epoch !== position.epoch || recovered !== true)) {
      journal.gaps++;
      topic.known.clear();
      topic.hadGap = true;
    } else if (topic.wasLive) {
      journal.recovered++;
      if (position.offset !== before?.offset) {
        journal.bad(
          `${this.#client.name} ${topic.feed.topic}: recovered at ${position.offset}, was at ${before?.offset}`,
        );
      }
    }
    topic.position = position;
    topic.wasLive = true;
    topic.isLive = true;
    topic.liveSince = scheduler.now;
    topic.failures = 0;
  }

  #onUpdate(name: string, offset: number, update: WorldUpdate): void {
    const topic = this.#client.topics.get(name);
    if (topic === undefined || !topic.isLive || topic.position === undefined) return;
    const { journal } = this.#services;
    journal.delivered++;
    const { epoch, offset: before } = topic.position;
    const who = `${this.#client.name} ${name}`;
    if (offset <= before) journal.bad(`${who}: repeated or out of order: ${offset} after ${before} of ${epoch}`);
    if (topic.feed.route === "log" && offset !== before + 1)
      journal.bad(`${who}: ${offset} after ${before} of ${epoch}`);
    if (journal.updateAt(epoch, offset) !== update.id) {
      journal.bad(
        `${who}: ${epoch}/${offset} was published as ${journal.updateAt(epoch, offset)}, not as ${update.id}`,
      );
    }
    topic.position = { epoch, offset };
    topic.last = update;
    if (topic.feed.route === "keyed") topic.known.set(update.key, update.id);
  }

  #onEnded(topic: ClientTopic, code: string): void {
    if (!topic.isWanted || !this.#isOpen) return;
    const { journal, scheduler, random } = this.#services;
    journal.ended++;
    topic.isLive = false;
    topic.failures++;
    const most = code === "moved" ? 300 : Math.min(4_000, 300 * 2 ** topic.failures);
    scheduler.after(random.between(0, most), () => {
      if (this.#isOpen && topic.isWanted && !topic.isLive) this.subscribe(topic);
    });
  }
}

const parsed = new WeakMap<Frame, { topic: string; offset: number; payload: WorldUpdate }>();

function parse(frame: Frame): { topic: string; offset: number; payload: WorldUpdate } {
  const known = parsed.get(frame) ?? JSON.parse(frame.text).payload;
  parsed.set(frame, known);
  return known;
}
