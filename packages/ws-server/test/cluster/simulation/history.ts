import { MemoryHub } from "../../../src/cluster/index.js";
import { SimulatedClient } from "./client.js";
import { FAULTS, type FaultName } from "./faults.js";
import { Journal } from "./journal.js";
import { Lock } from "./lock.js";
import { SimulatedNode } from "./node.js";
import { SeededRandom } from "./random.js";
import { Scheduler } from "./scheduler.js";
import { LOCKED_KEY, World } from "./world.js";

/** The limit of an owner's silence, and a tick, and the way to the client. */
const STALE_MS = 5_000 + 400;
const CLIENTS = 8;
/** Share of the nodes that may own topics. */
const OWNING_SHARE = 0.7;

/** Options of a history. */
export interface HistoryOptions {
  readonly seed: number;
  /** Number of faults. @default 25 */
  readonly faults?: number;
  /** The kinds of faults. @default all */
  readonly kinds?: readonly FaultName[];
}

/** A random history of a cluster: nodes, clients and faults. */
export class History {
  readonly random: SeededRandom;
  readonly scheduler = new Scheduler();
  readonly journal: Journal;
  readonly hub: MemoryHub;
  readonly world: World;
  readonly lock: Lock;
  readonly nodes = new Set<SimulatedNode>();
  readonly clients: readonly SimulatedClient[];
  readonly seen = new Map<FaultName, number>();
  #nodes = 0;

  constructor(seed: number) {
    const { scheduler } = this;
    this.random = new SeededRandom(seed);
    const { fraction } = this.random;
    this.journal = new Journal(() => scheduler.now);
    this.hub = new MemoryHub({ clock: scheduler.clock, fraction, latencyMs: [0.1, 1.5] });
    this.hub.onSettled = scheduler.touch;
    this.world = new World(scheduler, this.random, this.journal);
    for (let count = 2 + Math.floor(fraction() * 3); count > 0; count--) this.startNode();
    const parts = { scheduler, random: this.random, journal: this.journal };
    this.lock = new Lock({ ...parts, nodes: this.nodes });
    const services = {
      ...parts,
      openNodes: () => [...this.nodes].filter(({ isOpen }) => isOpen),
    };
    this.clients = Array.from({ length: CLIENTS }, (_, index) => new SimulatedClient(`client ${index}`, services));
    for (const client of this.clients) {
      for (const feed of this.world.feeds) if (fraction() < 0.5) client.want(feed);
    }
  }

  /** Runs a history, and returns it with its violations. */
  static async run({ seed, faults = 25, kinds }: HistoryOptions): Promise<History> {
    const history = new History(seed);
    await history.scheduler.run(500);
    history.#watch();
    const names = (Object.keys(FAULTS) as FaultName[]).filter((name) => kinds?.includes(name) ?? true);
    const bag = names.flatMap((name) => new Array<FaultName>(FAULTS[name].weight).fill(name));
    for (let count = 0; count < faults; count++) {
      await history.scheduler.run(history.random.between(50, 3_500));
      if (history.random.fraction() < 0.4) history.hub.backUp();
      const name = history.random.pick(bag);
      history.seen.set(name, (history.seen.get(name) ?? 0) + 1);
      FAULTS[name].inject(history);
      history.scheduler.touch();
    }
    await history.#rest();
    return history;
  }

  /** Starts a node. @param ownsTopics whether it may own topics. @default most do */
  startNode(ownsTopics = this.random.fraction() < OWNING_SHARE): void {
    const { hub, scheduler, random, world, journal } = this;
    this.nodes.add(new SimulatedNode(`n${++this.#nodes}`, hub, scheduler, random, world, journal, ownsTopics));
  }

  anyNode(): SimulatedNode | undefined {
    return this.random.pick([...this.nodes]);
  }

  /** No live topic is older than its epoch by more than the limit, unless its node stands still. */
  #watch(): void {
    const { scheduler, journal } = this;
    for (const { name, node, topics } of this.clients) {
      if (node === undefined || node.clock.pausedUntil > scheduler.now - STALE_MS) continue;
      for (const { isLive, liveSince, position, feed } of topics.values()) {
        if (!isLive || position === undefined || liveSince > scheduler.now - STALE_MS) continue;
        const due = journal.offsetBefore(position.epoch, STALE_MS);
        if (due <= position.offset) continue;
        journal.bad(`${name} ${feed.topic}: live at ${position.offset} of ${position.epoch}, which was at ${due}`);
      }
    }
    scheduler.after(500, () => this.#watch());
  }

  /** Ends all faults, waits until the cluster is at rest, and checks that everything is as it must be. */
  async #rest(): Promise<void> {
    const { hub, nodes, scheduler, world } = this;
    hub.messageLoss = 0;
    hub.answerLoss = 0;
    for (const { bus } of nodes) bus.unblock();
    if (![...nodes].some(({ ownsTopics, isOpen }) => ownsTopics && isOpen)) this.startNode(true);
    await scheduler.run(45_000);
    for (const feed of world.feeds) this.#checkFeed(feed.topic);
    for (const feed of world.feeds) feed.isQuiet = true;
    await scheduler.run(3_000);
    this.#checkState();
    this.#checkRemains();
    if (!this.seen.size) return;
    const isFaultless = [...this.seen.keys()].every((name) => FAULTS[name].isHarmless);
    for (const key of this.journal.doubled) if (isFaultless) this.journal.bad(`two nodes ran sources of ${key}`);
  }

  /** One source and one epoch for each wanted topic, and all clients live. */
  #checkFeed(topic: string): void {
    const { journal, clients } = this;
    const wanting = clients.flatMap(({ topics }) => topics.get(topic) ?? []);
    const sources = journal.sourcesOf(topic).size;
    const expected = wanting.length > 0 ? 1 : 0;
    if (sources !== expected) journal.bad(`${topic}: ${sources} sources at rest, ${wanting.length} clients`);
    const hosts = journal.hostsOf(this.world.keyOf(topic));
    if (hosts.size > 1) journal.bad(`${topic}: ${hosts.size} nodes run the sources of its key at rest`);
    const epochs = new Set(wanting.map(({ position }) => position?.epoch));
    if (epochs.size > 1) journal.bad(`${topic}: clients at rest are in ${epochs.size} epochs`);
    for (const { isLive } of wanting) if (!isLive) journal.bad(`${topic}: a client is not live at rest`);
  }

  /** Every client has the state of the world. */
  #checkState(): void {
    for (const { name, topics } of this.clients) {
      for (const { feed, known, last, hadGap } of topics.values()) {
        for (const [key, { id }] of feed.route === "keyed" ? feed.state : []) {
          if (known.get(key) !== id) this.journal.bad(`${name} ${feed.topic}: ${key} is ${known.get(key)}, not ${id}`);
        }
        if (feed.route === "keyed" || hadGap || last === undefined) continue;
        if (last.id !== feed.last?.id)
          this.journal.bad(`${name} ${feed.topic}: last is ${last.id}, not ${feed.last?.id}`);
      }
    }
  }

  /** No run, no interest and no claim is left of topics that are not wanted. */
  #checkRemains(): void {
    const { journal, clients, hub } = this;
    const wanted = new Set(clients.flatMap(({ topics }) => [...topics.keys()].map((topic) => this.world.keyOf(topic))));
    const isHolder = (node: string) => this.lock.holder?.name === node;
    // Claims of nodes that are gone expire in a store. A fail-over brings claims back that were released.
    const names = new Set([...this.nodes].map(({ name }) => name));
    for (const { key, node } of this.seen.has("failOver") ? [] : hub.claims) {
      if (names.has(node) && !wanted.has(key) && !(key === LOCKED_KEY && isHolder(node)))
        journal.bad(`a claim of ${key} by ${node} is left`);
    }
    const following = new Map<string, number>();
    for (const node of this.nodes) {
      for (const run of node.registry.runs) {
        const { name } = run.topic;
        if (run.role === "follower") following.set(name, (following.get(name) ?? 0) + 1);
        if (run.subscriptions.size > 0 || (node.followers.get(name) ?? 0) > 0) continue;
        journal.bad(`${node.name} has a run of ${name} that is not used`);
      }
      const { joining } = node.pubSub.stats();
      if (joining > 0) journal.bad(`${node.name} is still joining ${joining} topics`);
      for (const { level, message, fields } of node.logger.entries) {
        if (level === "error") journal.bad(`${node.name} logged: ${message} ${String(fields?.error)}`);
      }
    }
    for (const node of this.nodes) {
      for (const run of node.registry.runs) {
        const { name } = run.topic;
        if (run.role !== "owner" || (node.followers.get(name) ?? 0) === (following.get(name) ?? 0)) continue;
        journal.bad(`${node.name} counts ${node.followers.get(name)} followers of ${name}, not ${following.get(name)}`);
      }
    }
  }
}
