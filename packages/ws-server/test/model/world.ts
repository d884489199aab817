import { createServer, defineModule, MemoryPubSub, SourceError, type StreamServer, serve } from "../../src/index.js";
import { ManualClock, MemoryClient, RecordingLogger } from "../../src/testing/index.js";
import { type Deferred, deferred, turn } from "../helpers/event-loop.js";
import { Reference } from "./reference.js";
import { ROUTE_NAMES, type RouteName, routes, type Update } from "./routes.js";
import { type Memory, topicOf, Watcher } from "./watcher.js";

/** The publisher of a topic's latest run. */
interface Live {
  readonly epoch: string;
  readonly publish: ((update: Update) => boolean) & { end(reason?: SourceError): void };
}

const NAMES = ["a", "b"];
const SLOTS = 3;
export const LIMIT = 4_096;
export const LINGER_MS = 1_000;

/** The outcome of a pending start, end or authorization. */
export type Outcome = "ok" | "fails" | "refuses";

/**
 * A server whose sources, clients and clock are controlled by a test, next to a reference of its expected state. Every
 * difference between the two throws.
 */
export class World {
  readonly clock = new ManualClock();
  readonly logger = new RecordingLogger();
  readonly pubSub = new MemoryPubSub({ clock: this.clock, logger: this.logger });
  readonly server: StreamServer;
  /** Pending starts, ends and authorizations. */
  readonly #pending: {
    readonly kind: "create" | "remove" | "authorize";
    readonly settle: (outcome: Outcome) => void;
  }[] = [];
  readonly #live = new Map<string, Live>();
  /** Topics whose source is created and not yet removed. */
  readonly #created = new Set<string>();
  readonly #runs = new Map<string, Map<string, Reference>>();
  readonly #clients: (Watcher | undefined)[] = Array.from({ length: SLOTS });
  readonly #memories = Array.from({ length: SLOTS }, () => new Map<string, Memory>());
  readonly closes: number[] = [];
  #nextId = 0;
  #v = 0;
  #problem: Error | undefined;

  constructor() {
    const random = { fraction: () => 0.5, id: () => `id-${this.#nextId++}` };
    this.server = createServer({
      title: "",
      version: "",
      modules: [defineModule({ name: "model", version: "1", routes: ROUTE_NAMES.map((name) => this.#serve(name)) })],
      clock: this.clock,
      logger: this.logger,
      pubSub: this.pubSub,
      random,
      lingerMs: LINGER_MS,
      maxBufferedBytes: LIMIT,
      maxRequestsPerSecond: 0,
      heartbeatIntervalMs: 0,
      maxConnectionLifespanMs: 0,
      authorize: () => this.#wait<boolean>("authorize", { ok: () => true, refuses: () => false }),
    });
  }

  /** Returns the client of a slot, and connects it first if it is disconnected. */
  client(slot: number): Watcher {
    const index = slot % SLOTS;
    let watcher = this.#clients[index];
    if (watcher === undefined) {
      const client = MemoryClient.connect(this.server);
      watcher = new Watcher(
        client,
        (topic) => this.#runs.get(topic) ?? new Map(),
        this.#memories[index] as Map<string, Memory>,
      );
      this.#clients[index] = watcher;
      void client.closed.then(({ code }) => {
        this.closes.push(code);
        if (this.#clients[index]?.client === client) this.#clients[index] = undefined;
      });
    }
    return watcher;
  }

  disconnect(slot: number): void {
    const index = slot % SLOTS;
    this.#clients[index]?.client.disconnect();
    this.#clients[index] = undefined;
  }

  memory(slot: number, route: RouteName, name: string): Memory | undefined {
    return (this.#memories[slot % SLOTS] as Map<string, Memory>).get(topicOf(route, name));
  }

  publish(route: RouteName, name: string, part: Pick<Update, "id" | "n" | "done">, fromOutside: boolean): void {
    const topic = topicOf(route, name);
    const update = { ...part, v: ++this.#v };
    const live = this.#live.get(topic);
    // The reference has the update before the engine can deliver it.
    const reference = live && this.#runs.get(topic)?.get(live.epoch);
    const runs = this.server
      .inspect()
      .topics.some(({ topic: running, epoch }) => running === topic && epoch === live?.epoch);
    if (runs) reference?.publish(update, this.clock.monotonic());
    const took = fromOutside ? this.server.publish(routes[route], { name }, update) : (live?.publish(update) ?? false);
    // Before createTopic is called, the source has no publisher.
    if (took !== runs)
      this.#fail(`${topic}: publish returned ${took} where the topic ${runs ? "runs" : "does not run"}`);
  }

  /** Publishes a value that is not a valid update of the route. */
  publishWrong(route: RouteName, name: string): void {
    const wrong = { id: 1 } as unknown as Update;
    if (this.#live.get(topicOf(route, name))?.publish(wrong)) this.#fail("an invalid update was accepted");
  }

  end(route: RouteName, name: string): void {
    this.#live.get(topicOf(route, name))?.publish.end(new SourceError("given_up", "no more"));
  }

  settle(index: number, outcome: Outcome): void {
    if (this.#pending.length === 0) return;
    const [pending] = this.#pending.splice(index % this.#pending.length, 1);
    pending?.settle(outcome);
  }

  advance(ms: number): void {
    this.clock.advance(ms);
    for (const references of this.#runs.values()) {
      for (const reference of references.values()) reference.expire(this.clock.monotonic());
    }
  }

  /** Checks the invariants that are true at any moment. */
  check(): void {
    if (this.#problem !== undefined) throw this.#problem;
    for (const watcher of this.#clients) watcher?.check();
    for (const { waitingBytes, id } of this.server.connections) {
      // Replies and protocol messages are queued above the limit too. No reply of the model is longer than 400 bytes.
      if (waitingBytes > LIMIT + 60 * 400) throw new Error(`${id} has ${waitingBytes} bytes waiting`);
    }
  }

  /** Completes everything that is pending, and then checks that the clients have received everything. */
  async quiesce(): Promise<void> {
    for (const watcher of this.#clients) watcher?.client.drain();
    for (let round = 0; round < 12; round++) {
      while (this.#pending.length > 0) this.settle(0, "ok");
      await turn();
      this.check();
    }
    for (const watcher of this.#clients) {
      if (watcher === undefined) continue;
      if (watcher.pendingRequests > 0) throw new Error(`${watcher.pendingRequests} requests got no reply`);
      watcher.settle();
    }
    const expected = this.#clients.flatMap((watcher) => watcher?.subscribed ?? []).sort();
    const actual = this.server.connections.flatMap(({ topics }) => topics).sort();
    if (String(expected) !== String(actual))
      throw new Error(`the clients expect the subscriptions ${expected}; the server has ${actual}`);
  }

  /** Disconnects every client, checks that nothing leaked, and closes the server. */
  async close(): Promise<void> {
    for (let slot = 0; slot < SLOTS; slot++) this.disconnect(slot);
    await turn();
    this.advance(LINGER_MS);
    for (let round = 0; round < 6; round++) {
      while (this.#pending.length > 0) this.settle(0, "ok");
      await turn();
      this.advance(LINGER_MS);
    }
    this.check();
    const left = {
      ...this.server.counts(),
      created: this.#created.size,
      runs: this.pubSub.size,
      timers: this.clock.pending,
    };
    if (Object.values(left).some((count) => count !== 0)) throw new Error(`leaked: ${JSON.stringify(left)}`);
    await this.server.close();
  }

  #serve(route: RouteName) {
    return serve(routes[route], {
      createTopic: (topic, _params, publish) => {
        if (this.#created.has(topic)) this.#fail(`${topic} was created twice`);
        this.#created.add(topic);
        const epoch = this.server.inspect().topics.find((info) => info.topic === topic)?.epoch ?? "gone";
        const runs = this.#runs.get(topic) ?? new Map<string, Reference>();
        this.#runs.set(topic, runs.set(epoch, new Reference(route, epoch)));
        this.#live.set(topic, { epoch, publish });
        const uncreated = () => void this.#created.delete(topic);
        return this.#wait<void>("create", { ok: () => {}, failed: uncreated });
      },
      removeTopic: (topic) => {
        if (!this.#created.delete(topic)) this.#fail(`${topic} was removed without having been created`);
        // The next run must not start before the removal has settled.
        this.#created.add(topic);
        const removed = () => void this.#created.delete(topic);
        return this.#wait<void>("remove", { ok: removed, failed: removed });
      },
    });
  }

  #wait<Result>(
    kind: "create" | "remove" | "authorize",
    does: { ok: () => Result; refuses?: () => Result; failed?: () => void },
  ): Promise<Result> {
    const decision: Deferred = deferred();
    let result: Result;
    this.#pending.push({
      kind,
      settle: (outcome) => {
        if (outcome === "ok" || (outcome === "refuses" && does.refuses)) {
          result = outcome === "ok" ? does.ok() : (does.refuses as () => Result)();
          decision.resolve();
        } else {
          does.failed?.();
          decision.reject(outcome === "fails" ? new Error("the source failed") : new SourceError("refused", "no"));
        }
      },
    });
    return decision.promise.then(() => result);
  }

  #fail(problem: string): void {
    this.#problem ??= new Error(problem);
  }
}

export { NAMES };
