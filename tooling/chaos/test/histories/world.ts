import { type Fault, FaultProxy, Journal, type Link, type Verdict } from "../../src/index.js";
import { Application, type Listener, topicOf } from "./application.js";
import { Backend } from "./backend.js";
import { ROUTE_NAMES, type Update } from "./routes.js";
import { APPLICATIONS, NAMES, type Step } from "./steps.js";
import type { Tally } from "./tally.js";

/** Maximum wait. Detecting a dead connection takes a few heartbeat intervals of 0.4 s. */
const DEADLINE_MS = 120_000;

/** The system under test of one history: applications, a proxy that breaks their connections, and a server that restarts. */
export class World {
  readonly tally: Tally;
  readonly #journal: Journal;
  readonly #proxy: FaultProxy;
  readonly #applications: readonly Application[];
  readonly #retired: Promise<void>[] = [];
  #backend: Backend;
  #updates = 0;
  /** Whether a connection was broken that its client has not left since. */
  #isBroken = false;
  #isRefusing = false;
  #wake = () => {};
  /** By topic: the id of the last update, published after all its listeners had subscribed. */
  readonly #markers = new Map<string, string>();

  private constructor(journal: Journal, tally: Tally, backend: Backend, proxy: FaultProxy) {
    this.tally = tally;
    this.#journal = journal;
    this.#backend = backend;
    this.#proxy = proxy;
    const url = `ws://127.0.0.1:${proxy.port}/api/v1/ws`;
    const onEvent = (topic: string, event: "update" | "status") => {
      // Listeners may have missed the previous marker in a gap.
      if (event === "status") this.#markers.delete(topic);
      this.#wake();
    };
    const options = { url, journal, tally, onEvent, onState: () => this.#wake() };
    this.#applications = Array.from({ length: APPLICATIONS }, () => new Application(options));
  }

  /** @param tally counts the events */
  static async start(tally: Tally): Promise<World> {
    const journal = new Journal();
    const backend = await Backend.start({ journal, lifespanMs: 0 });
    const world = new World(journal, tally, backend, await FaultProxy.listen({ target: backend.port }));
    for (const application of world.#applications) {
      for (const route of ROUTE_NAMES) application.subscribe(route, NAMES[0]);
    }
    try {
      await world.settle();
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  /** Executes a step. A step that need not wait runs synchronously, so that several can run in one tick. */
  take(step: Step): Promise<unknown> | undefined {
    switch (step.does) {
      case "break one": {
        const links = this.#usedLinks();
        this.#break(step.fault, links.slice(step.which % Math.max(1, links.length)).slice(0, 1));
        return;
      }
      case "break all":
        this.#break(step.fault, this.#usedLinks());
        return;
      case "break next":
        this.#proxy.arm(step.fault);
        return;
      case "refuse":
        this.#isRefusing = true;
        this.#proxy.refuse();
        return;
      case "stall":
        return this.#stall(topicOf(step.route, step.name));
      case "release":
        this.#proxy.inflict({ does: "release" });
        return;
      case "publish":
        for (let count = 0; count < step.count; count++) this.#publish(topicOf(step.route, step.name), step.key);
        return;
      case "flood":
        // While no client reads, the flood must exceed the buffers of the kernel.
        if (!step.isRead) this.#proxy.inflict({ does: "hold", towards: "client" });
        for (let count = 0; count < 100; count++) {
          this.#publish(topicOf(step.route, step.name), "x", "·".repeat(step.isRead ? 10_000 : 100_000));
        }
        return;
      case "end topic":
        this.#backend.end(topicOf(step.route, step.name));
        return;
      case "subscribe":
        this.#applications[step.application]?.subscribe(step.route, step.name);
        return;
      case "stop":
        this.#applications[step.application]?.stop(step.index);
        return;
      case "resubscribe":
        return this.#applications[step.application]?.resubscribe(step.index, async (topic) => {
          for (let count = 0; count < 5; count++) this.#publish(topic, "x");
          await turns(step.turns);
          for (let count = 0; count < 5; count++) this.#publish(topic, "y");
        });
      case "reload":
        this.#applications[step.application]?.reload();
        return;
      case "turns":
        return turns(step.count);
      case "reconnect":
        return this.#reconnect();
      case "wait for reconnect":
        return this.#waitForReconnect();
      case "restart":
        return this.#restart(step);
      case "settle":
        return this.settle();
    }
  }

  /**
   * Heals the network, waits until every listener has received all that is due, and checks the journal.
   *
   * @throws Error with each violation
   */
  async settle(): Promise<Verdict> {
    await this.#proxy.heal();
    this.#isRefusing = false;
    this.#markers.clear();
    let isArrived = false;
    // Checks both conditions together: while it waits for one, a connection can reach its lifespan or a run can end.
    const isAtRest = () => {
      const waiting = this.#listeners().filter((listener) => !this.#isSettled(listener));
      for (const { topic, state } of waiting) if (state === "live" && !this.#markers.has(topic)) this.#mark(topic);
      isArrived = waiting.length === 0;
      return isArrived && this.#applications.every((application) => this.#isInSync(application));
    };
    // The server's subscriptions change without an event, so they are polled.
    const next = () => (isArrived ? turns(1) : this.#woken());
    await this.#until("all updates to arrive and the server's subscriptions to match", isAtRest, next);
    const verdict = this.#journal.check();
    const violations = [...verdict.violations, ...this.#applications.flatMap(({ unexpected }) => unexpected)];
    if (violations.length > 0) throw new Error(violations.slice(0, 20).join("\n"));
    this.tally.count("keys compared", verdict.keyed.keys);
    return verdict;
  }

  async close(): Promise<void> {
    for (const application of this.#applications) application.close();
    this.#retired.push(this.#backend.retire(0));
    await this.#proxy.close();
    await Promise.all(this.#retired);
  }

  /** Replaces the server with a new one, on which every topic begins a new run. */
  async #restart({ drainMs, lifespanMs, isSudden }: Extract<Step, { does: "restart" }>): Promise<void> {
    const old = this.#backend;
    this.#backend = await Backend.start({ journal: this.#journal, lifespanMs });
    this.#proxy.target = this.#backend.port;
    if (isSudden) this.#resetAll();
    this.#retired.push(old.retire(drainMs));
  }

  #break(fault: Fault, links: readonly Link[]): void {
    for (const link of links) link.inflict(fault);
    if (links.length === 0) this.#proxy.arm(fault);
    else if (isFatal(fault)) this.#watchForReconnect(links);
  }

  /** Holds all data in transit until a client has given up its connection. */
  async #stall(topic: string): Promise<void> {
    const links = this.#usedLinks();
    if (this.#isRefusing || links.length === 0) return;
    for (let count = 0; count < 5; count++) this.#publish(topic, "x");
    this.#proxy.inflict({ does: "hold" });
    this.#watchForReconnect(links);
    await this.#waitForReconnect();
  }

  /** Breaks every connection and waits until a client has reconnected. */
  async #reconnect(): Promise<void> {
    await this.#proxy.accept();
    this.#isRefusing = false;
    this.#resetAll();
    await this.#waitForReconnect();
  }

  /** Waits until a client has noticed that its connection is dead and has reconnected. */
  async #waitForReconnect(): Promise<void> {
    if (this.#isRefusing) return;
    const isConnected = () => !this.#isBroken && this.#applications.every((application) => application.isConnected);
    await this.#until("a client to reconnect", isConnected);
  }

  #resetAll(): void {
    const links = this.#usedLinks();
    for (const link of this.#proxy.links) link.reset();
    if (links.length > 0) this.#watchForReconnect(links);
  }

  #watchForReconnect(links: readonly Link[]): void {
    this.#isBroken = true;
    Promise.race(links.map(({ left }) => left)).then(() => {
      this.#isBroken = false;
      this.#wake();
    });
  }

  /**
   * The connections that a client has not left. The server's end of another can still be open, if a fault drops the client's
   * FIN: no client reconnects if that is broken once more.
   */
  #usedLinks(): Link[] {
    return this.#proxy.links.filter(({ hasLeft }) => !hasLeft);
  }

  #listeners(): Listener[] {
    return this.#applications.flatMap(({ listeners }) => listeners);
  }

  /** Whether a listener has received the marker. It is the topic's last update, so all earlier ones have arrived too. */
  #isSettled({ topic, state, last }: Listener): boolean {
    return state === "live" && last !== undefined && last === this.#markers.get(topic);
  }

  /** Whether the server's subscriptions of an application are exactly those that the application wants. */
  #isInSync(application: Application): boolean {
    const { connectionId, topics } = application.inspect();
    const subscribed = connectionId === undefined ? [] : this.#backend.topicsOf(connectionId);
    const wanted = new Set(topics.map(({ topic }) => topic));
    return subscribed.length === wanted.size && subscribed.every((topic) => wanted.has(topic));
  }

  #mark(topic: string): void {
    this.#markers.set(topic, this.#publish(topic, "marker"));
  }

  #publish(topic: string, key: string, pad = ""): string {
    this.#updates += 1;
    const update: Update = { id: `u${this.#updates}`, key, pad };
    this.#backend.publish(topic, update);
    return update.id;
  }

  async #until(what: string, predicate: () => boolean, next = () => this.#woken()): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      const late = () => reject(new Error(`Waited ${DEADLINE_MS} ms for ${what}:\n${this.#state()}`));
      timer = setTimeout(late, DEADLINE_MS);
    });
    try {
      while (!predicate()) await Promise.race([deadline, next()]);
    } finally {
      clearTimeout(timer);
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #state(): string {
    const listeners = this.#listeners().map(
      ({ topic, state, last }) => `  ${topic}: ${state}, received ${last}, expected ${this.#markers.get(topic)}`,
    );
    return [
      ...listeners,
      ...this.#applications.map((application) => `  ${JSON.stringify(application.inspect())}`),
    ].join("\n");
  }
}

/** Whether a fault makes a connection unusable for good. */
function isFatal(fault: Fault): boolean {
  return fault.does === "black hole" || fault.does === "half-close" || (fault.does === "cut" && fault.afterBytes === 0);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
