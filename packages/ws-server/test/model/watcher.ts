import type { Message, SubscriptionReply } from "@trading/topic";
import type { MemoryClient } from "../../src/testing/index.js";
import type { Entry, Moment, Reference } from "./reference.js";
import type { RouteName, Update } from "./routes.js";

type Accepted = Extract<SubscriptionReply, { status: "ok" }>;

/** What a client believes of a topic that it holds. */
interface Held {
  readonly reference: Reference;
  /** Everything from here on is owed to it. */
  position: number;
  readonly owed: readonly Entry[];
  readonly from: number;
  readonly received: Set<number>;
  isCatchingUp: boolean;
}

/** A request that was sent, and the states that its topic was in by then. */
interface Request {
  readonly type: string;
  readonly topic: string;
  readonly route: RouteName;
  readonly resume?: { readonly epoch: string; readonly offset: number } | undefined;
  /** How many moments each run of the topic had. */
  readonly seen: ReadonlyMap<string, number>;
  /** The server read it at once. */
  readonly wasRead: boolean;
}

/** What of a topic outlives a connection: where it stood, and what it had received of that run. */
export interface Memory {
  readonly epoch: string;
  readonly offset: number;
  readonly received: ReadonlySet<number>;
}

/** Finds the runs that the model knows. */
export type Runs = (topic: string) => ReadonlyMap<string, Reference>;

/**
 * Reads along with one client, and finds whatever no client may be told (PROTOCOL.md, Order, and Positions and
 * recovery). It knows what was asked, and every state that each run has been in.
 */
export class Watcher {
  readonly client: MemoryClient;
  readonly memory: Map<string, Memory>;
  readonly #runs: Runs;
  readonly #requests = new Map<number, Request>();
  readonly #held = new Map<string, Held>();
  #read = 0;
  #nextId = 1;

  constructor(client: MemoryClient, runs: Runs, memory: Map<string, Memory>) {
    this.client = client;
    this.#runs = runs;
    this.memory = memory;
  }

  get held(): readonly string[] {
    return [...this.#held.keys()];
  }

  get unanswered(): number {
    return this.#requests.size;
  }

  ask(verb: "subscribe" | "unsubscribe", route: RouteName, name: string, resume?: Memory): void {
    const topic = topicOf(route, name);
    const seen = new Map([...this.#runs(topic)].map(([epoch, { moments }]) => [epoch, moments.length]));
    const id = this.#nextId++;
    const type = `${route}.${verb}`;
    const position = resume && { epoch: resume.epoch, offset: resume.offset };
    this.#requests.set(id, { type, topic, route, resume: position, seen, wasRead: this.client.isRead });
    this.client.send({ type, id, payload: { name }, ...(position && { resume: position }) });
  }

  /** Checks whatever has come since it last looked. */
  look(): void {
    for (; this.#read < this.client.messages.length; this.#read++)
      this.#take(this.client.messages[this.#read] as Message);
  }

  /** Checks that nothing is owed any more. Everything that was under way has to be done. */
  settle(): void {
    for (const [topic, { reference, received, owed, from, isCatchingUp, position }] of this.#held) {
      assert(!isCatchingUp, `${topic}: the snapshot never became current`);
      const due = [...owed, ...reference.journal.filter(({ offset }) => offset > from)];
      for (const entry of due) {
        if (reference.isSuperseded(entry) || received.has(entry.offset)) continue;
        throw new Error(`${topic}: update ${entry.offset} of ${reference.offset} never came; position ${position}`);
      }
    }
  }

  #take(message: Message): void {
    const { type, id, payload } = message;
    if (type === "session.welcome") assert(this.#read === 0, "the welcome is not first");
    else if (type.endsWith(".response")) this.#reply(id as number, payload as SubscriptionReply);
    else if (type.endsWith(".update")) this.#update(payload as { topic: string; offset: number; payload: Update });
    else if (type === "subscription.current")
      this.#current(payload as { topic: string; epoch: string; offset: number });
    else if (type === "subscription.ended") this.#release((payload as { topic: string }).topic);
    else throw new Error(`unexpected ${JSON.stringify(message)}`);
  }

  #reply(id: number, reply: SubscriptionReply): void {
    const request = this.#requests.get(id);
    assert(request !== undefined, `a reply that nobody waits for: ${id}`);
    this.#requests.delete(id);
    assert(reply.topic === request.topic, `the topic of ${id} is ${reply.topic}`);
    if (request.type.endsWith(".unsubscribe")) {
      assert(reply.status === "ok", "an unsubscribe was refused");
      this.#release(reply.topic);
    } else if (reply.status === "ok") this.#accepted(request, reply);
    else if (!LEAVES_WHAT_IS_HELD.has(reply.code ?? "")) this.#release(reply.topic);
  }

  #accepted({ topic, route, resume, seen, wasRead }: Request, reply: Accepted): void {
    const { epoch = "", offset = -1, snapshot = false, recovered } = reply;
    const reference = this.#runs(topic).get(epoch);
    assert(reference !== undefined, `${topic}: no run has epoch ${epoch}`);
    const held = this.#held.get(topic);
    if (resume === undefined && held?.reference === reference) {
      assert(!snapshot && recovered === undefined, `${topic}: a second reply promises anew`);
      assert(offset === held.position, `${topic}: a second reply tells ${offset}, its position is ${held.position}`);
      return;
    }
    assert((reply.retention === "log") === (route === "log"), `${topic}: ${reply.retention}`);
    const moments = reference.moments.slice(Math.max(0, (seen.get(epoch) ?? 0) - 1));
    // A log's reader gets what comes after its request; all of it, where that started the run.
    const accepted = reference.moments[(seen.get(epoch) ?? 0) - 1]?.offset ?? 0;
    const isRight = (moment: Moment) => {
      const isKnown = resume?.epoch === epoch && moment.floor <= resume.offset && resume.offset <= moment.offset;
      if (recovered !== (resume === undefined ? undefined : isKnown)) return false;
      if (isKnown) return offset === resume.offset && !snapshot;
      if (route !== "log") return snapshot && offset === reference.start(moment);
      if (snapshot) return false;
      if (held?.reference === reference) return offset === moment.offset;
      if (wasRead) return offset === Math.max(accepted, moment.floor);
      return offset >= Math.max(accepted, moment.floor) && offset <= moment.offset;
    };
    // Of the moments that it may have been made in, the last one promises the least.
    const moment = moments.findLast(isRight);
    assert(
      moment !== undefined,
      `${topic}: ${JSON.stringify(reply)} is right for no moment; asked to resume ${JSON.stringify(resume)}`,
    );
    const before = recovered ? this.memory.get(topic)?.received : undefined;
    const owed = moment.kept.filter((entry) => entry.offset > offset);
    const received = new Set(before);
    const isCatchingUp = snapshot || recovered === true;
    this.#held.set(topic, { reference, position: offset, owed, from: moment.offset, received, isCatchingUp });
    this.#remember(topic);
  }

  #update({ topic, offset, payload }: { topic: string; offset: number; payload: Update }): void {
    const held = this.#held.get(topic);
    assert(held !== undefined, `${topic}: update ${offset} of what is not held`);
    const entry = held.reference.journal[offset - 1];
    assert(entry?.update.v === payload.v, `${topic}: update ${offset} is not what was published`);
    assert(offset > held.position, `${topic}: update ${offset} after position ${held.position}`);
    if (topic.startsWith("log"))
      assert(offset === held.position + 1, `${topic}: ${offset} after ${held.position} leaves a gap`);
    held.position = offset;
    held.received.add(offset);
    this.#remember(topic);
  }

  #current({ topic, epoch, offset }: { topic: string; epoch: string; offset: number }): void {
    const held = this.#held.get(topic);
    assert(held?.reference.epoch === epoch, `${topic}: current of what is not held`);
    assert(held.isCatchingUp, `${topic}: current, but nothing was promised`);
    assert(offset >= held.position && offset <= held.reference.offset, `${topic}: current at ${offset}`);
    const isMissing = (entry: Entry) =>
      entry.offset <= offset && !held.received.has(entry.offset) && !held.reference.isSuperseded(entry);
    const missing = held.owed.find(isMissing);
    assert(missing === undefined, `${topic}: current without update ${missing?.offset}`);
    held.isCatchingUp = false;
    held.position = offset;
    this.#remember(topic);
  }

  #remember(topic: string): void {
    const { reference, position, received } = this.#held.get(topic) as Held;
    this.memory.set(topic, { epoch: reference.epoch, offset: position, received: new Set(received) });
  }

  #release(topic: string): void {
    this.#held.delete(topic);
  }
}

/** Refusals that say nothing of what is held already. */
const LEAVES_WHAT_IS_HELD = new Set(["too_many_subscriptions", "too_many_topics"]);

export function topicOf(route: RouteName, name: string): string {
  return `${route}:${JSON.stringify({ name })}`;
}

function assert(holds: boolean, problem: string): asserts holds {
  if (!holds) throw new Error(problem);
}
