import { type Envelope, type Reply, readEnvelope, readReply, readUpdate } from "./envelope.js";
import { ClientError } from "./errors.js";
import type { Settings } from "./options.js";
import { type Request, Requests, type Verb } from "./requests.js";
import { LIVE, type Subscription } from "./subscription.js";

/** What the wire needs of the rest of the client. */
export interface WireEnds {
  send(text: string): void;
  /** Who has a topic, if anybody. */
  find(topic: string): Subscription | undefined;
  report(error: ClientError): void;
  /** A request has been answered, or its reply given up. */
  settled(): void;
}

/** The conversation with one server: what is asked, and what its frames mean to the subscriptions. */
export class Wire {
  readonly #ends: WireEnds;
  readonly #requests: Requests;
  /** Whether this server echoes `id`. An origin server does not, and wants one unsubscribe for each subscribe. */
  #echoesIds = false;

  constructor({ clock, replyTimeoutMs }: Settings, ends: WireEnds) {
    this.#ends = ends;
    this.#requests = new Requests(clock, replyTimeoutMs, ({ verb, subscription }) => {
      // A repeated subscribe is a heartbeat, and its silence the heartbeat's business.
      if (verb === "subscribe" && subscription.status.state === "pending") {
        const message = `The server has not answered the subscribe to ${subscription.topic} for ${replyTimeoutMs} ms`;
        this.#fail(subscription, new ClientError("no_reply", message, subscription));
      }
      ends.settled();
    });
  }

  /** Whether no reply is waited for. */
  get idle(): boolean {
    return this.#requests.idle;
  }

  /** Whose requests are unanswered. */
  get unanswered(): Iterable<Subscription> {
    return this.#requests.subscriptions;
  }

  ask(verb: Verb, subscription: Subscription): void {
    const { route, payload } = subscription;
    const times = verb === "unsubscribe" && !this.#echoesIds ? subscription.subscribes : 1;
    for (let time = 0; time < times; time++) {
      const id = this.#requests.add(verb, subscription);
      this.#ends.send(`{"type":"${route.name}.${verb}","payload":${payload},"id":${id}}`);
    }
    subscription.asked = verb === "subscribe";
    subscription.subscribes = verb === "subscribe" ? subscription.subscribes + 1 : 0;
  }

  /** The connection is gone, and every reply with it. */
  disconnected(): void {
    this.#requests.clear();
    this.#echoesIds = false;
  }

  /** Takes one frame as it came. What cannot be read is reported, and the connection goes on. */
  receive(data: unknown): void {
    try {
      const envelope = readEnvelope(data);
      if (envelope.type.endsWith(".update")) this.#update(envelope);
      else if (envelope.type.endsWith(".response")) this.#reply(envelope);
      // Other types are of a protocol this client does not speak yet.
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.#ends.report(error);
    }
  }

  #update(envelope: Envelope): void {
    const { topic, update } = readUpdate(envelope);
    const subscription = this.#ends.find(topic);
    // None: it was under way when the topic was let go of.
    subscription?.deliver(parse(subscription, update));
  }

  #reply(envelope: Envelope): void {
    const reply = readReply(envelope);
    const { type, id } = envelope;
    if (id !== undefined && id !== null) this.#echoesIds = true;
    const request = this.#requests.take(type, id);
    if (request === undefined) {
      throw new ClientError("invalid_message", `The server sent ${type} with id ${id}, which answers nothing asked`);
    }
    if (request.verb === "subscribe") this.#subscribed(request, reply);
    this.#ends.settled();
  }

  #subscribed({ subscription }: Request, reply: Reply): void {
    const { topic } = subscription;
    if (!reply.ok) subscription.subscribes -= 1;
    if (!subscription.wanted) return;
    if (!reply.ok) {
      // The server's own words, which are meant for people; the rest is in the error's fields.
      const message = reply.message || `The server refused ${topic} without a reason`;
      this.#fail(subscription, new ClientError(reply.code, message, subscription));
    } else if (reply.topic !== topic) {
      const message = `Subscribed ${topic}, but the server confirmed ${reply.topic}: no update would ever arrive. The two build topics differently`;
      this.#fail(subscription, new ClientError("topic_mismatch", message, subscription));
    } else {
      subscription.setStatus(LIVE);
    }
  }

  #fail(subscription: Subscription, error: ClientError): void {
    subscription.asked = false;
    subscription.setStatus({ state: "error", error });
    this.#ends.report(error);
  }
}

function parse({ route, topic }: Subscription, update: unknown): unknown {
  if (route.parseUpdate === undefined) return update;
  try {
    return route.parseUpdate(update);
  } catch (cause) {
    throw new ClientError("invalid_message", `An update of ${topic} does not fit its route: ${cause}`, {
      topic,
      cause,
    });
  }
}
