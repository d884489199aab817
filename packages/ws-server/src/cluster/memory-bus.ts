import type { Clock } from "../platform/clock.js";
import { withTimeout } from "../platform/timeout.js";
import type { Bus, BusListener, BusNode, Claim, NodeRole } from "./bus.js";

/** Time for the hub to take what was sent before the connection closes. */
const CLOSE_MS = 1_000;

/** The hub, as its connections use it. */
export interface Hub {
  readonly isUp: boolean;
  readonly incarnation: string;
  /** Interval at which nodes renew their lifetimes. */
  readonly refreshMs: number;
  now(): number;
  at(time: number, run: () => void): void;
  latencyMs(): number;
  connectMs(): number;
  losesMessage(): boolean;
  losesAnswer(): boolean;
  onSettled(): void;
  add(bus: MemoryBus): void;
  remove(bus: MemoryBus): void;
  busOf(node: string): MemoryBus | undefined;
  claim(mine: Claim, instead?: Claim): Claim | undefined;
  find(key: string): Claim | undefined;
  release(claim: Claim): void;
  renew(node: string, role: NodeRole): void;
  end(node: string): void;
  isAlive(node: string): boolean;
  owners(): readonly string[];
  nodes(node: string, settings: string): readonly BusNode[];
}

/** One node's connection to a `MemoryHub`, in order in both directions. */
export class MemoryBus implements Bus {
  readonly node: string;
  readonly #hub: Hub;
  readonly #clock: Clock;
  #listener: BusListener | undefined;
  #role: NodeRole = { ownsTopics: false };
  #isUp = false;
  #incarnation = "";
  #isClosed = false;
  /** Whether the connection delivers: it may be broken before either end has noticed. */
  #isLinked = false;
  /** Increases with each connection. */
  #connection = 0;
  /** The times until which nothing arrives at the hub, and here: later messages must not overtake earlier ones. */
  #hubAt = 0;
  #nodeAt = 0;
  #stalledUntil = 0;
  #isBlocked = false;
  #isCongested = false;
  /** Milliseconds by which everything is delayed in addition. */
  delayMs = 0;
  #pending = new Set<(error: Error) => void>();

  /** @param clock the node's, which a test can pause */
  constructor(hub: Hub, node: string, clock: Clock) {
    this.#hub = hub;
    this.node = node;
    this.#clock = clock;
    hub.add(this);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get incarnation(): string {
    return this.#incarnation;
  }

  open(listener: BusListener, role: NodeRole): void {
    this.#listener = listener;
    this.#role = role;
    this.#connect();
  }

  send(to: string, message: Uint8Array): boolean {
    this.#toHub(() => {
      if (!this.#hub.losesMessage()) this.#hub.busOf(to)?.deliver(this.node, message);
    });
    return !this.#isCongested;
  }

  claim(mine: Claim, instead?: Claim): Promise<Claim | undefined> {
    return this.#ask(() => this.#hub.claim(mine, instead));
  }

  find(key: string): Promise<Claim | undefined> {
    return this.#ask(() => this.#hub.find(key));
  }

  async release(claim: Claim): Promise<void> {
    await this.#ask(() => this.#hub.release(claim));
  }

  isAlive(node: string): Promise<boolean> {
    return this.#ask(() => this.#hub.isAlive(node));
  }

  owners(): Promise<readonly string[]> {
    return this.#ask(() => this.#hub.owners());
  }

  nodes(settings: string): Promise<readonly BusNode[]> {
    return this.#ask(() => this.#hub.nodes(this.node, settings));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // What was sent before is delivered, as a socket does.
    const ended = this.#isUp ? this.#ask(() => this.#hub.end(this.node)) : undefined;
    await withTimeout(this.#clock, CLOSE_MS, ended, () => new Error("The hub did not answer in time")).catch(() => {});
    this.#hub.remove(this);
    this.#disconnect();
  }

  /** Disappears without a word, like a process that is killed. */
  kill(): void {
    this.#isClosed = true;
    this.#isLinked = false;
    this.#hub.remove(this);
  }

  /** Breaks the connection. The node notices it a little later, and connects again unless it is blocked. */
  cut(): void {
    if (!this.#isUp) return;
    this.#isLinked = false;
    const connection = this.#connection;
    this.#later(this.#hub.latencyMs(), () => {
      if (connection !== this.#connection || !this.#isUp) return;
      this.#disconnect();
      this.#listener?.onDown();
      this.#connect();
    });
  }

  /** Cuts the node off, until `unblock`. */
  block(): void {
    this.#isBlocked = true;
    this.cut();
  }

  unblock(): void {
    this.#isBlocked = false;
  }

  /** Delivers nothing for a time, in both directions, on an open connection. */
  stall(ms: number): void {
    this.#stalledUntil = this.#hub.now() + ms;
  }

  /** Has no room for further messages for a time. */
  congest(ms: number): void {
    if (this.#isCongested) return;
    this.#isCongested = true;
    this.#later(ms, () => {
      this.#isCongested = false;
      this.#listener?.onDrain();
    });
  }

  /** Called by the hub. */
  deliver(from: string, message: Uint8Array): void {
    this.#toNode(() => this.#listener?.onMessage(from, message));
  }

  /** Called by the hub. */
  taken(claim: Claim): void {
    this.#toNode(() => this.#listener?.onTaken(claim));
  }

  #connect(): void {
    this.#later(this.#hub.connectMs(), () => {
      if (this.#isClosed || this.#isUp) return;
      if (!this.#hub.isUp || this.#isBlocked) return this.#connect();
      this.#isUp = true;
      this.#isLinked = true;
      this.#connection++;
      this.#incarnation = this.#hub.incarnation;
      this.#hubAt = this.#hub.now();
      this.#nodeAt = this.#hub.now();
      this.#beat(this.#connection);
      this.#listener?.onUp();
    });
  }

  #disconnect(): void {
    this.#isUp = false;
    this.#isLinked = false;
    const pending = this.#pending;
    this.#pending = new Set();
    for (const reject of pending) reject(new Error("The connection to the hub is closed"));
  }

  /** Renews the node's lifetime. */
  #beat(connection: number): void {
    if (connection !== this.#connection || !this.#isUp || this.#isClosed) return;
    this.#toHub(() => this.#hub.renew(this.node, this.#role));
    this.#clock.after(this.#hub.refreshMs, () => this.#beat(connection));
  }

  #ask<Result>(question: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (!this.#isUp) return reject(new Error("The connection to the hub is closed"));
      this.#pending.add(reject);
      this.#toHub(() => {
        const result = question();
        if (this.#hub.losesAnswer()) return;
        this.#toNode(() => {
          this.#pending.delete(reject);
          this.#hub.onSettled();
          resolve(result);
        });
      });
    });
  }

  #toHub(run: () => void): void {
    if (!this.#isUp || !this.#isLinked) return;
    this.#hubAt = this.#arrival(this.#hubAt);
    const connection = this.#connection;
    this.#hub.at(this.#hubAt, () => {
      if (connection === this.#connection && this.#isLinked && this.#hub.isUp) run();
    });
  }

  #toNode(run: () => void): void {
    if (!this.#isUp || !this.#isLinked) return;
    this.#nodeAt = this.#arrival(this.#nodeAt);
    const connection = this.#connection;
    this.#hub.at(this.#nodeAt, () => {
      if (connection !== this.#connection || !this.#isLinked) return;
      // The node's own clock, because it may stand still.
      this.#later(0, () => {
        if (connection === this.#connection && this.#isUp) run();
      });
    });
  }

  #arrival(notBefore: number): number {
    return Math.max(notBefore, this.#hub.now() + this.#hub.latencyMs() + this.delayMs, this.#stalledUntil);
  }

  #later(ms: number, run: () => void): void {
    if (ms > 0) this.#clock.after(ms, run);
    else this.#clock.endOfTurn(run);
  }
}
