import { type Clock, systemClock } from "../platform/clock.js";
import type { BusNode, Claim, NodeRole } from "./bus.js";
import { ClaimStore } from "./claim-store.js";
import { type Hub, MemoryBus } from "./memory-bus.js";

/** Options of {@link MemoryHub}. */
export interface MemoryHubOptions {
  /** @default the system clock */
  readonly clock?: Clock;
  /** Returns a number of at least 0 and less than 1, for delays and losses. @default Math.random */
  readonly fraction?: () => number;
  /** Least and greatest milliseconds of one way. @default [0, 0]: the end of the turn */
  readonly latencyMs?: readonly [least: number, most: number];
  /** Milliseconds after which a node that is not renewed counts as dead. @default 5_000 */
  readonly lifetimeMs?: number;
}

/** A node's lifetime, which it renews, with its role. */
interface Lifetime extends NodeRole {
  readonly renewedAt: number;
}

/**
 * Connects nodes in one process, for tests: what Redis is to a cluster, with faults to inject. It loses and delays messages and
 * answers, breaks connections, stands still, and restarts with or without its claims.
 */
export class MemoryHub implements Hub {
  readonly #clock: Clock;
  readonly #fraction: () => number;
  readonly #latencyMs: readonly [number, number];
  readonly #lifetimeMs: number;
  readonly #nodes = new Map<string, MemoryBus>();
  #claims = this.#storeOf([]);
  #lifetimes = new Map<string, Lifetime>();
  #backup: { readonly claims: readonly Claim[]; readonly lifetimes: Map<string, Lifetime> } | undefined;
  #settings = new Map<string, string>();
  #isUp = true;
  #life = 1;
  #lastNode = 0;
  /** Share of messages that are lost. */
  messageLoss = 0;
  /** Share of answers that are lost, although the request was carried out. */
  answerLoss = 0;
  /** Called before a promise of a bus is resolved, for a simulation that lets promises settle only then. */
  onSettled: () => void = () => {};
  /** Claims so far. */
  claimCalls = 0;

  constructor(options: MemoryHubOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#fraction = options.fraction ?? Math.random;
    this.#latencyMs = options.latencyMs ?? [0, 0];
    this.#lifetimeMs = options.lifetimeMs ?? 5_000;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get incarnation(): string {
    return `life ${this.#life}`;
  }

  /** Interval at which nodes renew their lifetimes. */
  get refreshMs(): number {
    return this.#lifetimeMs / 4;
  }

  /** All claims. */
  get claims(): readonly Claim[] {
    return [...this.#claims];
  }

  /** Connects a node. @param clock the node's @param node its name */
  connect(clock: Clock = this.#clock, node = `node-${++this.#lastNode}`): MemoryBus {
    return new MemoryBus(this, node, clock);
  }

  /** Stops for a time: all connections break. With `isEmpty` all claims and lifetimes are lost. */
  restart({ isEmpty, downMs }: { readonly isEmpty: boolean; readonly downMs: number }): void {
    this.#stop(downMs);
    if (!isEmpty) return;
    this.#claims = this.#storeOf([]);
    this.#lifetimes = new Map();
    this.#settings = new Map();
  }

  /** Remembers the present state, for `failOver`. */
  backUp(): void {
    this.#backup = { claims: this.claims, lifetimes: new Map(this.#lifetimes) };
  }

  /** Restarts with the state of the last `backUp`, like a replica that has not received everything. */
  failOver(downMs: number): void {
    this.#stop(downMs);
    this.#claims = this.#storeOf(this.#backup?.claims ?? []);
    this.#lifetimes = new Map(this.#backup?.lifetimes);
  }

  #stop(downMs: number): void {
    this.#isUp = false;
    this.#life++;
    for (const node of this.#nodes.values()) node.cut();
    this.#clock.after(downMs, () => {
      this.#isUp = true;
    });
  }

  #storeOf(claims: readonly Claim[]): ClaimStore {
    return new ClaimStore((claim) => this.#nodes.get(claim.node)?.taken(claim), claims);
  }

  // The rest is called by MemoryBus.

  add(bus: MemoryBus): void {
    this.#nodes.set(bus.node, bus);
  }

  remove(bus: MemoryBus): void {
    if (this.#nodes.get(bus.node) === bus) this.#nodes.delete(bus.node);
  }

  busOf(node: string): MemoryBus | undefined {
    return this.#nodes.get(node);
  }

  now(): number {
    return this.#clock.monotonic();
  }

  at(time: number, run: () => void): void {
    const delayMs = time - this.now();
    if (delayMs > 0) this.#clock.after(delayMs, run);
    else this.#clock.endOfTurn(run);
  }

  latencyMs(): number {
    const [least, most] = this.#latencyMs;
    return least + this.#fraction() * (most - least);
  }

  connectMs(): number {
    return 20 * this.latencyMs();
  }

  losesMessage(): boolean {
    return this.messageLoss > 0 && this.#fraction() < this.messageLoss;
  }

  losesAnswer(): boolean {
    return this.answerLoss > 0 && this.#fraction() < this.answerLoss;
  }

  claim(mine: Claim, instead?: Claim): Claim | undefined {
    this.claimCalls++;
    return this.#claims.claim(mine, instead);
  }

  find(key: string): Claim | undefined {
    return this.#claims.find(key);
  }

  release(claim: Claim): void {
    this.#claims.release(claim);
  }

  renew(node: string, { ownsTopics }: NodeRole): void {
    this.#lifetimes.set(node, { renewedAt: this.now(), ownsTopics });
  }

  end(node: string): void {
    this.#lifetimes.delete(node);
    this.#settings.delete(node);
  }

  isAlive(node: string): boolean {
    const renewedAt = this.#lifetimes.get(node)?.renewedAt ?? Number.NEGATIVE_INFINITY;
    return this.now() - renewedAt < this.#lifetimeMs;
  }

  owners(): readonly string[] {
    const nodes = [...this.#lifetimes].flatMap(([node, { ownsTopics }]) => (ownsTopics ? [node] : []));
    return nodes.filter((node) => this.isAlive(node));
  }

  nodes(node: string, settings: string): readonly BusNode[] {
    this.#settings.set(node, settings);
    const nodes = Array.from(this.#settings, ([name, text]) => ({ node: name, settings: text }));
    return nodes.filter((each) => this.isAlive(each.node));
  }
}
