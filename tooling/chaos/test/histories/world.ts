import { type Fault, FaultProxy, Journal, type Link, type Verdict } from "../../src/index.js";
import { Application, type Listener, topicOf } from "./application.js";
import { Backend } from "./backend.js";
import { ROUTE_NAMES, type Update } from "./routes.js";
import { APPLICATIONS, NAMES, type Step } from "./steps.js";
import type { Tally } from "./tally.js";

/** For what needs a few heartbeat intervals of 0.4 s. */
const DEADLINE_MS = 120_000;

/** Applications, a proxy that breaks their connections, and a server that restarts: one history. */
export class World {
  readonly tally: Tally;
  readonly #journal: Journal;
  readonly #proxy: FaultProxy;
  readonly #applications: readonly Application[];
  readonly #retired: Promise<void>[] = [];
  #backend: Backend;
  #updates = 0;
  /** A connection was lost, whether its client knows or not, and none has been made since. */
  #isReturning = false;
  #isRefusing = false;
  #wake = () => {};
  /** By topic: the last update that was published, once everybody was there to be told. */
  readonly #markers = new Map<string, string>();

  private constructor(journal: Journal, tally: Tally, backend: Backend, proxy: FaultProxy) {
    this.tally = tally;
    this.#journal = journal;
    this.#backend = backend;
    this.#proxy = proxy;
    const url = `ws://127.0.0.1:${proxy.port}/api/v1/ws`;
    const onTold = (topic: string, what: "update" | "status") => {
      // What was published before may lie in a gap.
      if (what === "status") this.#markers.delete(topic);
      this.#wake();
    };
    this.#applications = Array.from({ length: APPLICATIONS }, () => new Application({ url, journal, tally, onTold }));
  }

  /** @param tally where it is counted what happens */
  static async start(tally: Tally): Promise<World> {
    const journal = new Journal();
    const backend = await Backend.start({ journal, lifespanMs: 0 });
    const world = new World(journal, tally, backend, await FaultProxy.listen({ targetPort: backend.port }));
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

  /** Does it. What needs no time is done at once, so that steps can follow one another in one tick. */
  take(step: Step): Promise<unknown> | undefined {
    switch (step.does) {
      case "break one": {
        const { links } = this.#proxy;
        this.#break(step.fault, links.slice(step.which % Math.max(1, links.length)).slice(0, 1));
        return;
      }
      case "break all":
        this.#break(step.fault, this.#proxy.links);
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
        // While nobody reads, it has to be more than the system's own buffers take.
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
      case "come back":
        return this.#comeBack();
      case "outlast":
        return this.#outlast();
      case "restart":
        return this.#restart(step);
      case "settle":
        return this.settle();
    }
  }

  /**
   * Heals the network, waits until every listener has been told whatever it has to be, and judges that.
   *
   * @throws Error with each violation
   */
  async settle(): Promise<Verdict> {
    await this.#proxy.heal();
    this.#isRefusing = false;
    this.#markers.clear();
    let isArrived = false;
    // Both at one moment: while one is waited for, a connection may reach its lifespan, and a run its end.
    const isAtRest = () => {
      const waiting = this.#listeners().filter((listener) => !this.#isSettled(listener));
      for (const { topic, state } of waiting) if (state === "live" && !this.#markers.has(topic)) this.#mark(topic);
      isArrived = waiting.length === 0;
      return isArrived && this.#applications.every((application) => this.#isHeld(application));
    };
    // Nobody is told what the server holds.
    const next = () => (isArrived ? turns(1) : this.#woken());
    await this.#until("everything to arrive, and the server to hold what is wanted", isAtRest, next);
    const verdict = this.#journal.check();
    const violations = [...verdict.violations, ...this.#applications.flatMap(({ surprises }) => surprises)];
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

  /** A new server in the place of the old one: no run goes on. */
  async #restart({ drainMs, lifespanMs, isSudden }: Extract<Step, { does: "restart" }>): Promise<void> {
    const old = this.#backend;
    this.#backend = await Backend.start({ journal: this.#journal, lifespanMs });
    this.#proxy.targetPort = this.#backend.port;
    if (isSudden) this.#resetAll();
    this.#retired.push(old.retire(drainMs));
  }

  #break(fault: Fault, links: readonly Link[]): void {
    for (const link of links) link.inflict(fault);
    if (links.length === 0) this.#proxy.arm(fault);
    else if (isFatal(fault)) this.#watchReturn();
  }

  /** Holds everything that is under way, until a client has given up. */
  async #stall(topic: string): Promise<void> {
    if (this.#isRefusing || this.#proxy.links.length === 0) return;
    for (let count = 0; count < 5; count++) this.#publish(topic, "x");
    this.#proxy.inflict({ does: "hold" });
    this.#watchReturn();
    await this.#outlast();
  }

  /** Breaks every connection, and waits until one is made again. */
  async #comeBack(): Promise<void> {
    await this.#proxy.accept();
    this.#isRefusing = false;
    this.#resetAll();
    await this.#outlast();
  }

  /** Waits until a client has noticed that its connection is dead, and has come back. */
  async #outlast(): Promise<void> {
    if (!this.#isRefusing) await this.#until("a client to come back", () => !this.#isReturning);
  }

  #resetAll(): void {
    const { links } = this.#proxy;
    for (const link of links) link.reset();
    if (links.length > 0) this.#watchReturn();
  }

  #watchReturn(): void {
    this.#isReturning = true;
    this.#proxy.nextLink().then(() => {
      this.#isReturning = false;
      this.#wake();
    });
  }

  #listeners(): Listener[] {
    return this.#applications.flatMap(({ listeners }) => listeners);
  }

  /** The marker is the last update of its topic, so whatever came before it has arrived with it. */
  #isSettled({ topic, state, last }: Listener): boolean {
    return state === "live" && last !== undefined && last === this.#markers.get(topic);
  }

  /** Whether the server holds for an application what it wants, and nothing more. */
  #isHeld(application: Application): boolean {
    const { connectionId, topics } = application.inspect();
    const held = connectionId === undefined ? [] : this.#backend.topicsOf(connectionId);
    const wanted = new Set(topics.map(({ topic }) => topic));
    return held.length === wanted.size && held.every((topic) => wanted.has(topic));
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

  async #until(what: string, isSo: () => boolean, next = () => this.#woken()): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      const late = () => reject(new Error(`Waited ${DEADLINE_MS} ms for ${what}:\n${this.#state()}`));
      timer = setTimeout(late, DEADLINE_MS);
    });
    try {
      while (!isSo()) await Promise.race([deadline, next()]);
    } finally {
      clearTimeout(timer);
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #state(): string {
    const listeners = this.#listeners().map(
      ({ topic, state, last }) => `  ${topic}: ${state}, told ${last}, of ${this.#markers.get(topic)}`,
    );
    return [
      ...listeners,
      ...this.#applications.map((application) => `  ${JSON.stringify(application.inspect())}`),
    ].join("\n");
  }
}

/** After it a connection is never again of use. */
function isFatal(fault: Fault): boolean {
  return fault.does === "black hole" || fault.does === "half-close" || (fault.does === "cut" && fault.afterBytes === 0);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
