import { type Client, type ClientError, createClient, type TopicStatus } from "@trading/ws-client";
import { WebSocket } from "ws";
import { type Fault, FaultProxy, Journal, type Link, type ListenerJournal, type ToldStatus } from "../../src/index.js";
import { Backend } from "./backend.js";
import { promisedBy, ROUTE_NAMES, type RouteName, routes, type Update } from "./routes.js";
import { CLIENTS, NAMES, type Step } from "./steps.js";

const DEADLINE_MS = 30_000;
const TOLD: Readonly<Record<TopicStatus["state"], ToldStatus>> = {
  pending: "waiting",
  syncing: "subscribed",
  live: "subscribed",
  error: "failed",
};

/** One listener of the application, and what it waits for. */
interface Listener {
  readonly topic: string;
  readonly stop: () => void;
  state: TopicStatus["state"];
  /** The last update that it was told. */
  last: string | undefined;
}

/** Clients, a proxy that breaks their connections, and a server that restarts: one history. */
export class World {
  readonly journal: Journal;
  /** How many connections were lost. */
  losses = 0;
  readonly errors: ClientError[] = [];
  readonly #proxy: FaultProxy;
  readonly #clients: readonly Client[];
  readonly #listeners = new Set<Listener>();
  readonly #retired: Promise<void>[] = [];
  #backend: Backend;
  #updates = 0;
  /** A client has lost its connection, whether it knows or not, and none has come back since. */
  #isReturning = false;
  #isRefusing = false;
  #wake = () => {};
  /** The last update of each topic by which it is told whether everything has arrived. */
  readonly #markers = new Map<string, string>();

  private constructor(journal: Journal, backend: Backend, proxy: FaultProxy) {
    this.journal = journal;
    this.#backend = backend;
    this.#proxy = proxy;
    this.#clients = Array.from({ length: CLIENTS }, () => this.#client());
  }

  static async start(): Promise<World> {
    const journal = new Journal();
    const backend = await Backend.start({ journal, lifespanMs: 0 });
    const world = new World(journal, backend, await FaultProxy.listen({ targetPort: backend.port }));
    for (let client = 0; client < CLIENTS; client++) {
      for (const route of ROUTE_NAMES) world.#subscribe({ client, route, name: NAMES[0] });
    }
    await world.settle();
    return world;
  }

  async take(step: Step): Promise<void> {
    switch (step.does) {
      case "break one": {
        const { links } = this.#proxy;
        this.#break(step.fault, links.slice(step.which % Math.max(1, links.length)).slice(0, 1));
        break;
      }
      case "break all":
        this.#break(step.fault, this.#proxy.links);
        break;
      case "break next":
        this.#proxy.arm(step.fault);
        break;
      case "refuse":
        this.#isRefusing = true;
        this.#proxy.refuse();
        break;
      case "release":
        this.#proxy.inflict({ does: "release" });
        break;
      case "publish":
        for (let count = 0; count < step.count; count++) this.#publish(topicOf(step), step.key);
        break;
      case "flood":
        for (let count = 0; count < 100; count++) this.#publish(topicOf(step), "x", "·".repeat(10_000));
        break;
      case "end topic":
        this.#backend.end(topicOf(step));
        break;
      case "subscribe":
        this.#subscribe(step);
        break;
      case "stop": {
        const listeners = [...this.#listeners];
        listeners[step.index % Math.max(1, listeners.length)]?.stop();
        break;
      }
      case "turns":
        for (let count = 0; count < step.count; count++) await new Promise((resolve) => setImmediate(resolve));
        break;
      case "come back":
        await this.#comeBack();
        break;
      case "outlast":
        await this.#outlast();
        break;
      case "restart":
        await this.#restart(step.drainMs, step.lifespanMs);
        break;
      case "settle":
        await this.settle();
        break;
    }
  }

  /** Heals the network, and waits until every listener has been told whatever it has to be. */
  async settle(): Promise<void> {
    await this.#proxy.heal();
    this.#isRefusing = false;
    this.#markers.clear();
    await this.#until("everything to arrive", () => {
      const waiting = [...this.#listeners].filter((listener) => !this.#isSettled(listener));
      for (const { topic, state } of waiting) if (state === "live" && !this.#markers.has(topic)) this.#mark(topic);
      return waiting.length === 0;
    });
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    this.#retired.push(this.#backend.retire(0));
    await this.#proxy.close();
    await Promise.all(this.#retired);
  }

  /** A new server in the place of the old one: no epoch goes on. */
  async #restart(drainMs: number, lifespanMs: number): Promise<void> {
    const old = this.#backend;
    this.#backend = await Backend.start({ journal: this.journal, lifespanMs });
    this.#proxy.targetPort = this.#backend.port;
    this.#retired.push(old.retire(drainMs));
  }

  #break(fault: Fault, links: readonly Link[]): void {
    for (const link of links) link.inflict(fault);
    if (links.length === 0) this.#proxy.arm(fault);
    else if (isFatal(fault)) this.#watchReturn();
  }

  /** Breaks every connection, and waits until one is made again. */
  async #comeBack(): Promise<void> {
    const { links } = this.#proxy;
    await this.#proxy.accept();
    this.#isRefusing = false;
    for (const link of links) link.reset();
    if (links.length > 0) this.#watchReturn();
    await this.#outlast();
  }

  /** Waits until a client has noticed that its connection is dead, and has come back. */
  async #outlast(): Promise<void> {
    if (!this.#isRefusing) await this.#until("a client to come back", () => !this.#isReturning);
  }

  #watchReturn(): void {
    this.#isReturning = true;
    this.#proxy.nextLink().then(() => {
      this.#isReturning = false;
      this.#wake();
    });
  }

  #subscribe({ client, route, name }: { client: number; route: RouteName; name: string }): void {
    const topic = topicOf({ route, name });
    const journal: ListenerJournal = this.journal.listener(topic, promisedBy(route));
    const listener = { topic, state: "pending", last: undefined, stop: () => {} } as Listener & { stop: () => void };
    const stop = this.#clients[client]?.subscribe(
      routes[route],
      { name },
      {
        onUpdate: ({ id }, { offset }) => {
          listener.last = id;
          journal.update({ id, offset });
          this.#wake();
        },
        onStatus: ({ state }) => {
          listener.state = state;
          journal.status(TOLD[state]);
          // What was published before may lie in a gap.
          if (state === "live") this.#markers.delete(topic);
          this.#wake();
        },
        onGap: (gap) => journal.gap(gap),
      },
    );
    listener.stop = () => {
      journal.stopped();
      this.#listeners.delete(listener);
      stop?.();
    };
    this.#listeners.add(listener);
  }

  /** The marker is the last update of its topic, so whatever came before it has arrived with it. */
  #isSettled({ topic, state, last }: Listener): boolean {
    return state === "live" && last !== undefined && last === this.#markers.get(topic);
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

  #client(): Client {
    const client = createClient({
      url: `ws://127.0.0.1:${this.#proxy.port}/api/v1/ws`,
      WebSocket,
      eager: true,
      backoffInitialMs: 2,
      backoffMaxMs: 30,
      connectTimeoutMs: 300,
      random: () => 0.5,
      onError: (error) => this.errors.push(error),
    });
    let wasConnected = false;
    client.onState(({ status }) => {
      if (wasConnected && status !== "connected") this.losses += 1;
      wasConnected = status === "connected";
    });
    return client;
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`Waited ${DEADLINE_MS} ms for ${what}:\n${this.#state()}`)),
        DEADLINE_MS,
      );
    });
    try {
      while (!isSo()) await Promise.race([deadline, new Promise<void>((resolve) => (this.#wake = resolve))]);
    } finally {
      clearTimeout(timer);
    }
  }

  #state(): string {
    const listeners = [...this.#listeners].map(
      ({ topic, state, last }) => `  ${topic}: ${state}, told ${last}, of ${this.#markers.get(topic)}`,
    );
    const clients = this.#clients.map((client) => `  ${JSON.stringify(client.inspect())}`);
    const errors = this.errors.slice(-3).map(({ code, message }) => `  ${code}: ${message}`);
    return [...listeners, ...clients, ...errors].join("\n");
  }
}

function topicOf({ route, name }: { readonly route: RouteName; readonly name: string }): string {
  return routes[route].buildTopic({ name });
}

/** After it a connection is never again of use. */
function isFatal(fault: Fault): boolean {
  return fault.does === "black hole" || fault.does === "half-close" || (fault.does === "cut" && fault.afterBytes === 0);
}
