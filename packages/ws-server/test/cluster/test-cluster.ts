import { ClusterPubSub, MemoryHub } from "../../src/cluster/index.js";
import { jsonCodec, type Membership, type Publication, SourceError } from "../../src/index.js";
import { RecordingLogger } from "../../src/testing/index.js";
import { publicationOf } from "../../src/topics/publication.js";
import { NodeClock } from "./simulation/node-clock.js";
import { SeededRandom } from "./simulation/random.js";
import { Scheduler } from "./simulation/scheduler.js";

export type Kind = "log" | "keyed" | "counted";

const RULES = {
  log: { key: undefined, keep: { count: 5 }, snapshot: "none" },
  keyed: { key: "id", keep: {}, snapshot: "all" },
  counted: { key: "id", keep: { count: 3 }, snapshot: "all" },
} as const;

/** Nodes on a hub whose messages take one millisecond each way, in virtual time. */
export class TestCluster {
  readonly scheduler = new Scheduler({ isPatient: true });
  readonly random = new SeededRandom(1);
  readonly hub: MemoryHub;

  /** @param lifetimeMs see MemoryHubOptions */
  constructor({ lifetimeMs = 5_000 } = {}) {
    this.hub = new MemoryHub({ clock: this.scheduler.clock, fraction: () => 0.5, latencyMs: [1, 1], lifetimeMs });
  }

  run(ms: number): Promise<void> {
    return this.scheduler.run(ms);
  }

  /** Starts a node, which is up when `run` has passed 20 ms. */
  node(options: TestNodeOptions = {}): TestNode {
    return new TestNode(this, options);
  }

  /** Returns the nodes of all claims, by key. */
  get owners(): Record<string, string> {
    return Object.fromEntries(this.hub.claims.map(({ key, node }) => [key, node]));
  }
}

export interface TestNodeOptions {
  /** @default true */
  readonly ownsTopics?: boolean;
}

/** Options of a member. */
export interface JoinOptions {
  /** @default "log" */
  readonly kind?: Kind;
  /** Whether its source starts immediately. @default true */
  readonly isOpen?: boolean;
  /** @default the topic */
  readonly key?: string;
  /** @default false */
  readonly isHeld?: boolean;
}

export class TestNode {
  readonly clock: NodeClock;
  readonly bus;
  readonly logger = new RecordingLogger();
  readonly pubSub: ClusterPubSub;
  /** The members that were started for other nodes, by topic. */
  readonly started = new Map<string, TestMember>();
  /** The options of the members that it can start for other nodes, by topic. */
  readonly startable = new Map<string, JoinOptions>();
  /** The error of starting a topic that is not startable. */
  startError: Error = new SourceError("unknown_topic", "Unknown topic", { retryable: true });

  constructor({ scheduler, hub, random }: TestCluster, { ownsTopics = true }: TestNodeOptions) {
    this.clock = new NodeClock(scheduler);
    this.bus = hub.connect(this.clock);
    this.pubSub = new ClusterPubSub({ bus: this.bus, ownsTopics, clock: this.clock, random, logger: this.logger });
    this.pubSub.serve({
      find: (topic) => {
        const options = this.startable.get(topic);
        if (options === undefined) throw this.startError;
        return { ...options, topic, start: () => this.#start(topic, options) };
      },
    });
  }

  #start(topic: string, options: JoinOptions): AbortSignal {
    const member = new TestMember(topic, options);
    this.started.set(topic, member);
    // Later, as the engine does after the topic's previous run.
    void Promise.resolve().then(() => this.#join(member, options));
    return member.signal;
  }

  get name(): string {
    return this.bus.node;
  }

  /** Joins a topic, like a run whose source starts immediately unless `isOpen` is false. */
  join(topic = "t", options: JoinOptions = {}): TestMember {
    const member = new TestMember(topic, options);
    this.#join(member, options);
    return member;
  }

  #join(member: TestMember, { isOpen = true }: JoinOptions): void {
    if (member.signal.aborted) return;
    member.joined = this.pubSub.join(member.descriptor, member).then(
      (membership) => {
        member.membership = membership;
        if (isOpen && membership.role === "owner") membership.open();
      },
      (error) => {
        member.error = error;
      },
    );
  }

  kill(): void {
    this.clock.kill();
    this.bus.kill();
  }
}

/** A topic's run on a node. */
export class TestMember {
  readonly descriptor;
  readonly received: string[] = [];
  readonly ends: string[] = [];
  joined: Promise<void> | undefined;
  membership: Membership | undefined;
  error: SourceError | undefined;
  readonly forwarded: string[] = [];
  followers = 0;
  readonly #controller = new AbortController();
  #offset = 0;

  constructor(topic: string, { kind = "log", key = topic, isHeld = false }: JoinOptions) {
    this.descriptor = { topic, key, isHeld, rule: RULES[kind], encoder: jsonCodec.updates(kind, topic) };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** "pending", "owner", "follower", or the code of the error. */
  get role(): string {
    return this.error?.code ?? this.membership?.role ?? "pending";
  }

  get epoch(): string | undefined {
    return this.membership?.epoch;
  }

  /** The retained updates. */
  get retained(): string[] {
    return Array.from(this.membership?.history.unread(0) ?? [], ({ frame }) => String(frame.body));
  }

  publish(count = 1, key?: string): void {
    const { encoder } = this.descriptor;
    for (let index = 0; index < count; index++) {
      const offset = ++this.#offset;
      this.membership?.publish(publicationOf(encoder, offset, key, false, encoder.body(offset)));
    }
  }

  /** Ends as a run does whose source stops immediately. */
  leave(): void {
    this.membership?.end(new SourceError("source_ended", "The end", { retryable: true }));
    this.membership?.leave();
  }

  abort(): void {
    this.#controller.abort();
  }

  onPublication({ frame }: Publication): void {
    this.received.push(String(frame.body));
  }

  onEnded({ code }: SourceError): void {
    this.ends.push(code);
  }

  onForwarded(body: string): void {
    this.forwarded.push(body);
  }

  onFollowers(count: number): void {
    this.followers = count;
  }
}
