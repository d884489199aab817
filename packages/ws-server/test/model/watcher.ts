import type { Message, SubscriptionReply } from "@trading/topic";
import type { MemoryClient } from "../../src/testing/index.js";
import type { Entry, Moment, Reference } from "./reference.js";
import type { RouteName, Update } from "./routes.js";

type Accepted = Extract<SubscriptionReply, { status: "ok" }>;

/** A client's view of a subscribed topic. */
interface Subscribed {
  readonly reference: Reference;
  /** The offset of the last update received. The server has to deliver every later one. */
  position: number;
  readonly owed: readonly Entry[];
  readonly from: number;
  readonly received: Set<number>;
  isCatchingUp: boolean;
}

/** A request, with the states of its topic when it was sent. */
interface Request {
  readonly type: string;
  readonly topic: string;
  readonly route: RouteName;
  readonly resume?: { readonly epoch: string; readonly offset: number } | undefined;
  /** Number of moments of each run of the topic when the request was sent, by epoch. */
  readonly seen: ReadonlyMap<string, number>;
  /** Whether the server handled the request immediately. */
  readonly wasRead: boolean;
}

/** The state of a topic that a client keeps across connections: its position, and the updates received in that run. */
export interface Memory {
  readonly epoch: string;
  readonly offset: number;
  readonly received: ReadonlySet<number>;
}

/** Returns the runs of a topic in the model, by epoch. */
export type Runs = (topic: string) => ReadonlyMap<string, Reference>;

/**
 * Checks every message that one client receives against PROTOCOL.md, "Order", "Positions" and "Recovery". It records
 * the client's requests, and knows every state of each run.
 */
export class Watcher {
  readonly client: MemoryClient;
  readonly memory: Map<string, Memory>;
  readonly #runs: Runs;
  readonly #requests = new Map<number, Request>();
  readonly #subscribed = new Map<string, Subscribed>();
  #read = 0;
  #nextId = 1;

  constructor(client: MemoryClient, runs: Runs, memory: Map<string, Memory>) {
    this.client = client;
    this.#runs = runs;
    this.memory = memory;
  }

  get subscribed(): readonly string[] {
    return [...this.#subscribed.keys()];
  }

  get pendingRequests(): number {
    return this.#requests.size;
  }

  ask(verb: "subscribe" | "unsubscribe", route: RouteName, name: string, resume?: Memory): void {
    const topic = topicOf(route, name);
    const seen = new Map([...this.#runs(topic)].map(([epoch, { moments }]) => [epoch, moments.length]));
    const id = this.#nextId++;
    const type = `${route}.${verb}`;
    const position = resume && { epoch: resume.epoch, offset: resume.offset };
    const { isRead } = this.client;
    this.client.send({ type, id, payload: { name }, ...(position && { resume: position }) });
    // A request that waits for the next turn pauses its client.
    const wasRead = isRead && this.client.isRead;
    this.#requests.set(id, { type, topic, route, resume: position, seen, wasRead });
  }

  /** Checks the messages received since the last call. */
  check(): void {
    for (; this.#read < this.client.messages.length; this.#read++)
      this.#take(this.client.messages[this.#read] as Message);
  }

  /** Checks that the client has received everything. Call it when no request, start or end is pending. */
  settle(): void {
    for (const [topic, { reference, received, owed, from, isCatchingUp, position }] of this.#subscribed) {
      assert(!isCatchingUp, `${topic}: the snapshot never became current`);
      const due = [...owed, ...reference.journal.filter(({ offset }) => offset > from)];
      for (const entry of due) {
        if (reference.isSuperseded(entry) || received.has(entry.offset)) continue;
        throw new Error(
          `${topic}: update ${entry.offset} of ${reference.offset} was not delivered; position ${position}`,
        );
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
    assert(request !== undefined, `a reply without a pending request: ${id}`);
    this.#requests.delete(id);
    assert(reply.topic === request.topic, `the topic of ${id} is ${reply.topic}`);
    if (request.type.endsWith(".unsubscribe")) {
      assert(reply.status === "ok", "an unsubscribe was refused");
      this.#release(reply.topic);
    } else if (reply.status === "ok") this.#accepted(request, reply);
    else if (!KEEPS_SUBSCRIPTION.has(reply.code ?? "")) this.#release(reply.topic);
  }

  #accepted({ topic, route, resume, seen, wasRead }: Request, reply: Accepted): void {
    const { epoch = "", offset = -1, snapshot = false, recovered } = reply;
    const reference = this.#runs(topic).get(epoch);
    assert(reference !== undefined, `${topic}: no run has epoch ${epoch}`);
    const subscribed = this.#subscribed.get(topic);
    if (resume === undefined && subscribed?.reference === reference) {
      assert(!snapshot && recovered === undefined, `${topic}: a second reply announces another snapshot`);
      assert(
        offset === subscribed.position,
        `${topic}: a second reply has the offset ${offset}, but the position is ${subscribed.position}`,
      );
      return;
    }
    assert((reply.retention === "log") === (route === "log"), `${topic}: ${reply.retention}`);
    const moments = reference.moments.slice(Math.max(0, (seen.get(epoch) ?? 0) - 1));
    // A subscriber of a log gets the updates after its request, or all of them if its request started the run.
    const accepted = reference.moments[(seen.get(epoch) ?? 0) - 1]?.offset ?? 0;
    const isRight = (moment: Moment) => {
      const isKnown = resume?.epoch === epoch && moment.floor <= resume.offset && resume.offset <= moment.offset;
      if (recovered !== (resume === undefined ? undefined : isKnown)) return false;
      if (isKnown) return offset === resume.offset && !snapshot;
      if (route !== "log") return snapshot && offset === reference.start(moment);
      if (snapshot) return false;
      if (subscribed?.reference === reference) return offset === moment.offset;
      if (wasRead) return offset === Math.max(accepted, moment.floor);
      return offset >= Math.max(accepted, moment.floor) && offset <= moment.offset;
    };
    // Several moments can match. The last one requires the fewest updates.
    const moment = moments.findLast(isRight);
    assert(
      moment !== undefined,
      `${topic}: ${JSON.stringify(reply)} matches no moment; the request resumed ${JSON.stringify(resume)}`,
    );
    const before = recovered ? this.memory.get(topic)?.received : undefined;
    const owed = moment.kept.filter((entry) => entry.offset > offset);
    const received = new Set(before);
    const isCatchingUp = snapshot || recovered === true;
    this.#subscribed.set(topic, { reference, position: offset, owed, from: moment.offset, received, isCatchingUp });
    this.#remember(topic);
  }

  #update({ topic, offset, payload }: { topic: string; offset: number; payload: Update }): void {
    const subscribed = this.#subscribed.get(topic);
    assert(subscribed !== undefined, `${topic}: update ${offset} without a subscription`);
    const entry = subscribed.reference.journal[offset - 1];
    assert(entry?.update.v === payload.v, `${topic}: update ${offset} differs from the published one`);
    assert(offset > subscribed.position, `${topic}: update ${offset} after position ${subscribed.position}`);
    if (topic.startsWith("log"))
      assert(offset === subscribed.position + 1, `${topic}: ${offset} after ${subscribed.position} leaves a gap`);
    subscribed.position = offset;
    subscribed.received.add(offset);
    this.#remember(topic);
  }

  #current({ topic, epoch, offset }: { topic: string; epoch: string; offset: number }): void {
    const subscribed = this.#subscribed.get(topic);
    assert(subscribed?.reference.epoch === epoch, `${topic}: subscription.current without a subscription`);
    assert(subscribed.isCatchingUp, `${topic}: subscription.current without a snapshot or recovery`);
    assert(offset >= subscribed.position && offset <= subscribed.reference.offset, `${topic}: current at ${offset}`);
    const isMissing = (entry: Entry) =>
      entry.offset <= offset && !subscribed.received.has(entry.offset) && !subscribed.reference.isSuperseded(entry);
    const missing = subscribed.owed.find(isMissing);
    assert(missing === undefined, `${topic}: current without update ${missing?.offset}`);
    subscribed.isCatchingUp = false;
    subscribed.position = offset;
    this.#remember(topic);
  }

  #remember(topic: string): void {
    const { reference, position, received } = this.#subscribed.get(topic) as Subscribed;
    this.memory.set(topic, { epoch: reference.epoch, offset: position, received: new Set(received) });
  }

  #release(topic: string): void {
    this.#subscribed.delete(topic);
  }
}

/** Codes of refusals that leave an existing subscription unchanged. */
const KEEPS_SUBSCRIPTION = new Set(["too_many_subscriptions", "too_many_topics"]);

export function topicOf(route: RouteName, name: string): string {
  return `${route}:${JSON.stringify({ name })}`;
}

function assert(holds: boolean, problem: string): asserts holds {
  if (!holds) throw new Error(problem);
}
