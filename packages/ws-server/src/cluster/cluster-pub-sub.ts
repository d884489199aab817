import type { RetainedBytes } from "@trading/topic/retention";
import { SourceError, WsServerError } from "../errors.js";
import { type Clock, systemClock } from "../platform/clock.js";
import { type Logger, lineLogger } from "../platform/logger.js";
import { type Random, systemRandom } from "../platform/random.js";
import { MemoryPubSub } from "../topics/pub-sub/memory.js";
import type { Member, Membership, PubSub, StartableTopics, TopicDescriptor } from "../topics/pub-sub/pub-sub.js";
import type { Bus, BusListener, Claim } from "./bus.js";
import { Candidates } from "./candidates.js";
import { Claims } from "./claims.js";
import type { ClusterStats } from "./cluster-stats.js";
import { NodeCounts } from "./counts.js";
import { Deaths } from "./deaths.js";
import { FeedReader } from "./feed-reader.js";
import type { FeedWriter } from "./feed-writer.js";
import { FeedWriters } from "./feed-writers.js";
import { Forwards } from "./forwards.js";
import { KeyOwnership, type KeyServices } from "./key-ownership.js";
import type { WantedTopic } from "./messages.js";
import { NodeInbox } from "./node-inbox.js";
import { NodeWatch, type NodeWatcher } from "./node-watch.js";
import { Requests } from "./requests.js";
import { ClusterRun, type ClusterRunServices } from "./run.js";
import { Starts } from "./starts.js";
import { type ClusterTimings, DEFAULT_TIMINGS, TICK_MS } from "./timings.js";

/** Options of {@link ClusterPubSub}. */
export interface ClusterPubSubOptions {
  /** Connects this node with the others. It must not be open. */
  readonly bus: Bus;
  /**
   * Whether this node may own topics. One that may not asks other nodes to run the sources, so that it can be restarted without
   * a new epoch of any topic. @default true
   */
  readonly ownsTopics?: boolean;
  /** @default the system clock */
  readonly clock?: Clock;
  /** @default the system's */
  readonly random?: Random;
  /** @default warnings and errors, as JSON lines on standard error */
  readonly logger?: Logger;
  /** Maximum bytes of a topic's retained updates; the oldest are evicted first. 0 = no limit. @default 16_777_216 */
  readonly maxRetainedBytesPerTopic?: number;
  /** Durations, the same on all nodes. @default see {@link ClusterTimings} */
  readonly timings?: Partial<ClusterTimings>;
}

/**
 * A node of a cluster: each topic has one owner among all nodes of the bus, which runs its source; other nodes follow it. Topics
 * of one key have the same owner.
 *
 * A run keeps its role and its epoch. What changes them ends it with a retryable error: `moved`, `owner_lost` or
 * `updates_lost`. Call `close` after the server has closed.
 */
export class ClusterPubSub implements PubSub {
  /** Sends requests to the nodes that hold keys, and handles those of other nodes. */
  readonly requests: Requests;
  /** Whether this node may own topics. */
  readonly ownsTopics: boolean;
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #timings: ClusterTimings;
  readonly #runs = new Map<string, ClusterRun>();
  /** The keys whose owner this node is, or looks for. */
  readonly #keys = new Map<string, KeyOwnership>();
  /** The feeds of the owners that this node follows. */
  readonly #readers = new Map<string, FeedReader>();
  /** The feeds of the nodes that follow this one. */
  readonly #writers: FeedWriters;
  readonly #inbox: NodeInbox;
  readonly #counts = new NodeCounts();
  readonly #claims: Claims;
  readonly #deaths: Deaths;
  readonly #forwards: Forwards;
  readonly #starts: Starts;
  #watch: NodeWatch | undefined;
  readonly #keyServices: KeyServices;
  readonly #runServices: ClusterRunServices;
  /** Topics that every node runs by itself. */
  readonly #local: MemoryPubSub;
  readonly #retained: RetainedBytes = { total: 0 };
  /** The incarnation of the bus when it was up last. */
  #incarnation = "";
  #holdUntil = 0;
  #verifiedAt: number;
  #repeatedAt: number;
  #isClosed = false;
  #cancelTick: () => void = () => {};

  constructor(options: ClusterPubSubOptions) {
    const { bus, clock = systemClock, random = systemRandom, logger = lineLogger("warn") } = options;
    const { ownsTopics = true, maxRetainedBytesPerTopic = 16_777_216 } = options;
    this.ownsTopics = ownsTopics;
    this.#bus = bus;
    this.#clock = clock;
    this.#random = random;
    this.#timings = { ...DEFAULT_TIMINGS, ...options.timings };
    this.#verifiedAt = clock.monotonic();
    this.#repeatedAt = clock.monotonic();
    this.#local = new MemoryPubSub({ clock, logger, random, maxRetainedBytesPerTopic });
    const services = { bus, clock, random, logger, timings: this.#timings, counts: this.#counts };
    this.#inbox = new NodeInbox(logger);
    this.#writers = new FeedWriters({ ...services, onWanted: (writer, wanted) => this.#onWanted(writer, wanted) });
    this.#claims = new Claims(services);
    this.#deaths = new Deaths(services);
    this.#forwards = new Forwards(services);
    this.requests = new Requests(services);
    this.#starts = new Starts({
      logger,
      mayOwn: ({ topic, key = topic, isHeld = false }) =>
        (ownsTopics && !isHeld) || this.#keys.get(key)?.isOwned === true,
    });
    this.#keyServices = {
      ...services,
      ownsTopics,
      claims: this.#claims,
      candidates: new Candidates(services),
      holdMs: () => Math.max(0, this.#holdUntil - clock.monotonic()),
      onOver: (key) => {
        if (this.#keys.get(key.key) === key) this.#keys.delete(key.key);
      },
    };
    this.#runServices = {
      ...services,
      limits: { maxBytes: maxRetainedBytesPerTopic, sum: this.#retained },
      deaths: this.#deaths,
      keyOf: ({ topic, key = topic, isHeld = false }) => this.#keyOf(key, isHeld),
      hasKey: (key) => this.#keys.get(key)?.isOwnedOrClaimed === true,
      readerOf: (owner) => this.#readerOf(owner),
      onOver: (run) => {
        if (this.#runs.get(run.topic) === run) this.#runs.delete(run.topic);
      },
    };
    bus.open(this.#listener, { ownsTopics });
    this.#tickLater();
  }

  get retainedBytes(): number {
    return this.#retained.total + this.#local.retainedBytes;
  }

  /** Whether nothing is left of former topics: no run, no key, no feed, and no claim whose release is not confirmed. */
  get isIdle(): boolean {
    return (
      this.#runs.size + this.#keys.size === 0 &&
      this.#readers.size === 0 &&
      this.#claims.unreleased === 0 &&
      this.#writers.followers === 0
    );
  }

  async join(descriptor: TopicDescriptor, member: Member): Promise<Membership> {
    const { topic, encoder, isLocal } = descriptor;
    if (isLocal) return this.#local.join(descriptor, member);
    if (this.#isClosed) throw new WsServerError("closed", "The cluster node is closed");
    if (encoder.frame(1, encoder.body(0)).body === undefined) {
      throw new WsServerError("invalid_option", 'Invalid option "codec": its frames of updates must have a body');
    }
    if (this.#runs.has(topic)) {
      throw new SourceError("source_unavailable", "The topic has not ended yet on this server", { retryable: true });
    }
    const start = this.#starts.take(topic);
    const run = new ClusterRun(descriptor, member, this.#runServices, start?.waiting);
    this.#runs.set(topic, run);
    return run.join(start?.instead);
  }

  forward({ topic, key = topic }: Pick<TopicDescriptor, "topic" | "key">, body: string, onDropped: () => void): void {
    this.#forwards.send({ topic, key }, this.#runs.get(topic)?.owner, { body, onDropped });
  }

  serve(topics: StartableTopics): void {
    this.#starts.serve(topics);
  }

  /**
   * Makes this node the owner of a key, whichever node has it: for topics whose owner is decided elsewhere, as by a lock of a
   * database. It owns the key's topics from now on, also while the bus is down, and claims the key again when another node takes
   * it. Topics of the key that run elsewhere end as `moved`. Routes with the option `isHeld` have no other owner.
   *
   * @returns ends that: the key's topics end as `moved`, and the claim is released when their sources have stopped
   */
  hold(key: string): () => void {
    const ownership = this.#keyOf(key, true);
    ownership.hold();
    for (const run of this.#runs.values()) if (run.key === key) run.onHeld();
    return () => ownership.letGo();
  }

  /**
   * Publishes settings of this node, and reads those of the other nodes: when it connects, and every five seconds.
   *
   * @returns publishes changed settings immediately, and looks at the others
   */
  watchNodes(watcher: NodeWatcher): () => void {
    const watch = new NodeWatch(watcher, { bus: this.#bus, clock: this.#clock, timings: this.#timings });
    this.#watch = watch;
    const look = () => {
      watch.renew();
      if (!this.#isClosed) watch.tick();
    };
    look();
    return look;
  }

  stats(): ClusterStats {
    const states = Array.from(this.#runs.values(), ({ state }) => state);
    const countOf = (...wanted: readonly string[]) => states.filter((state) => wanted.includes(state)).length;
    return {
      owned: countOf("starting", "owning", "ending"),
      keys: [...this.#keys.values()].filter(({ isOwned }) => isOwned).length,
      followed: countOf("following"),
      joining: countOf("claiming", "waiting"),
      followers: this.#writers.followers,
      oldestMs: Math.max(0, ...Array.from(this.#readers.values(), ({ ageMs }) => ageMs)),
      queuedClaims: this.#claims.queued,
      pendingRequests: this.requests.pending,
      invalidMessages: this.#inbox.invalidMessages,
      isUp: this.#bus.isUp,
      resyncs: this.#counts.resyncs,
      takeovers: this.#counts.takeovers,
      relayedBytes: this.#counts.relayedBytes,
    };
  }

  /** Disconnects from the cluster, and ends every `hold`. Claims of topics that still run here are left to other nodes. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTick();
    this.requests.close();
    for (const key of [...this.#keys.values()]) key.letGo();
    this.#writers.flush();
    await this.#bus.close();
  }

  readonly #listener: BusListener = {
    onMessage: (from, bytes) => this.#onMessage(from, bytes),
    onUp: () => this.#onUp(),
    onDown: () => this.#deaths.onDown(),
    onDrain: () => {
      this.requests.onDrain();
      this.#writers.onDrain();
    },
    onTaken: (claim: Claim) => this.#keys.get(claim.key)?.onTaken(claim),
  };

  #onUp(): void {
    this.requests.onDrain();
    const { incarnation } = this.#bus;
    // The owners claim their topics again first, so that they keep them.
    if (this.#incarnation !== "" && incarnation !== this.#incarnation) {
      // mutant: hold-after-loss
      this.#holdUntil = this.#clock.monotonic() + this.#timings.holdMs;
    }
    this.#incarnation = incarnation;
    this.#verify();
    this.#watch?.renew();
    this.#watch?.tick();
    this.#writers.onDrain();
    for (const reader of this.#readers.values()) reader.onUp();
    for (const key of [...this.#keys.values()]) key.onUp();
  }

  #verify(): void {
    this.#verifiedAt = this.#clock.monotonic();
    this.#claims.releaseAgain();
    // mutant: verify-claims
    for (const key of [...this.#keys.values()]) key.verify(true);
  }

  #onMessage(from: string, bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const message = this.#inbox.read(from, bytes);
    if (message === undefined) return;
    if (message.type === "data") this.#readers.get(from)?.onData(message);
    else if (message.type === "publish") this.#runs.get(message.topic)?.onForwarded(message.body);
    else if (message.type === "request") this.requests.onRequest(from, message);
    else if (message.type === "reply") this.requests.onReply(from, message);
    else this.#writers.onMessage(from, message);
  }

  /** Another node wants a topic. */
  #onWanted(writer: FeedWriter, wanted: WantedTopic): void {
    const { id, topic, position } = wanted;
    const run = this.#runs.get(topic);
    if (run === undefined) this.#starts.want(writer, wanted);
    else if (run.owner !== undefined || this.#starts.hasSameSchema(writer, wanted, run.schema)) {
      run.onWanted(writer, id, position);
    }
  }

  #keyOf(key: string, isHeld: boolean): KeyOwnership {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    const ownership = new KeyOwnership(key, isHeld, this.#keyServices);
    this.#keys.set(key, ownership);
    return ownership;
  }

  #readerOf(owner: string): FeedReader {
    const known = this.#readers.get(owner);
    if (known !== undefined) return known;
    const reader = new FeedReader(owner, {
      bus: this.#bus,
      clock: this.#clock,
      random: this.#random,
      timings: this.#timings,
      counts: this.#counts,
    });
    this.#readers.set(owner, reader);
    return reader;
  }

  #tickLater(): void {
    this.#cancelTick = this.#clock.after(TICK_MS, () => {
      this.#tick();
      if (!this.#isClosed) this.#tickLater();
    });
  }

  #tick(): void {
    const { verifyMs, answerMs } = this.#timings;
    this.requests.tick();
    this.#watch?.tick();
    for (const [owner, reader] of this.#readers) {
      reader.tick();
      if (reader.isEmpty) this.#readers.delete(owner);
    }
    this.#writers.tick();
    const now = this.#clock.monotonic();
    if (now - this.#verifiedAt > verifyMs) this.#verify();
    else if (now - this.#repeatedAt > answerMs) {
      // What was not answered is repeated.
      this.#repeatedAt = now;
      this.#claims.releaseAgain();
      for (const key of [...this.#keys.values()]) key.verify(false);
    }
  }
}
