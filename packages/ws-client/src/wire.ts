import { count, type Envelope, readEnvelope, readReply, readUpdate, refusalOf, text } from "./envelope.js";
import { ClientError } from "./errors.js";
import type { Settings } from "./options.js";
import { Requests, type Waiter } from "./requests.js";
import type { Subscription } from "./subscription.js";
import type { Verb } from "./subscriptions.js";

/** What the wire needs of the rest of the client. */
export interface WireEnds {
  send(text: string, shown: string): void;
  /** Who has a topic, if anybody. */
  find(topic: string): Subscription | undefined;
  fail(subscription: Subscription, error: ClientError): void;
  report(error: ClientError): void;
  /** The first frame has told what the server speaks. */
  decided(heartbeatIntervalMs: number | undefined): void;
  /** The token runs out soon. */
  expiring(): void;
  draining(reconnectAfterMs: number): void;
  /** A request has been answered, or its reply given up. */
  settled(): void;
}

/** The conversation with one server: what is asked, and what its frames mean to the subscriptions. */
export class Wire {
  readonly #settings: Settings;
  readonly #ends: WireEnds;
  readonly #requests: Requests;
  #protocol: "session" | "base" | undefined;
  #connectionId: string | undefined;
  /** Whether this server echoes `id`. An origin server does not, and wants one unsubscribe for each subscribe. */
  #echoesIds = false;

  constructor(settings: Settings, ends: WireEnds) {
    this.#settings = settings;
    this.#ends = ends;
    this.#requests = new Requests(settings.clock);
  }

  /** What the server speaks; undefined until its first frame. */
  get protocol(): "session" | "base" | undefined {
    return this.#protocol;
  }

  /** The server's name for the connection; of a session alone. */
  get connectionId(): string | undefined {
    return this.#connectionId;
  }

  /** Whether no reply about a topic is waited for. */
  get isIdle(): boolean {
    return this.#requests.isIdle;
  }

  get unanswered(): Requests {
    return this.#requests;
  }

  /** Asks for a topic, from the position it stands at, or lets go of it. */
  ask(verb: Verb, subscription: Subscription): void {
    const { route, payload, position, isConfirmed } = subscription;
    const isSubscribe = verb === "subscribe";
    const times = isSubscribe || this.#echoesIds ? 1 : subscription.subscribes;
    const resume = isSubscribe && position && !isConfirmed ? `,"resume":${JSON.stringify(position)}` : "";
    for (let time = 0; time < times; time++)
      this.#send(`${route.name}.${verb}`, payload, resume, this.#waiter(verb, subscription));
    subscription.asked = isSubscribe;
    subscription.subscribes = isSubscribe ? subscription.subscribes + 1 : 0;
  }

  /** Sends what an application asks. */
  request(type: string, payload: string, timeoutMs: number, waiter: Waiter, id: string | undefined): void {
    this.#send(type, payload, "", waiter, timeoutMs, id);
  }

  /** Logs in. `answered` gets the refusal, if it is one. */
  login(token: string, answered: (refusal?: ClientError) => void): void {
    const failed = (code: string) => answered(new ClientError(code, "auth.login was not answered"));
    this.#send("auth.login", JSON.stringify({ token }), "", {
      replied: (payload) => answered(payload.status === "ok" ? undefined : refusalOf(payload, "auth.login")),
      failed: (code) => code === "no_reply" && failed(code),
      refused: answered,
    });
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.#ends.send('{"type":"ping"}', '{"type":"ping"}');
  }

  /** The connection is gone, and every reply with it. */
  disconnected(): void {
    this.#requests.clear();
    this.#echoesIds = false;
    this.#protocol = undefined;
    this.#connectionId = undefined;
  }

  /** Takes one frame as it came. What cannot be read is reported, and the connection goes on. */
  receive(data: unknown): void {
    try {
      const envelope = readEnvelope(data);
      this.#decide(envelope);
      const { type } = envelope;
      const handle = this.#session[type];
      if (handle && Object.hasOwn(this.#session, type)) handle(envelope);
      else if (type.endsWith(".update")) this.#update(envelope);
      else if (type.endsWith(".response")) this.#reply(envelope);
      // Other types are of a protocol this client does not speak.
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.#ends.report(error);
    }
  }

  /** The session extension's messages. */
  readonly #session: Readonly<Record<string, (envelope: Envelope) => void>> = {
    "auth.expiring": () => this.#ends.expiring(),
    "server.draining": ({ payload }) => this.#ends.draining(count(payload.reconnectAfterMs) ?? 0),
    "subscription.current": ({ payload: { topic, epoch, offset } }) =>
      this.#ends.find(text(topic))?.completed({ epoch: text(epoch), offset: count(offset) ?? 0 }),
    "subscription.ended": ({ payload }) => {
      const topic = text(payload.topic);
      const subscription = this.#ends.find(topic);
      if (!subscription?.asked) return;
      // The server holds nothing of it any more.
      subscription.subscribes = 0;
      const message = `The server ended ${topic}`;
      this.#ends.fail(subscription, refusalOf({ message, ...payload }, topic, topic));
    },
    error: ({ payload }) => {
      const error = refusalOf(payload, "a frame");
      const waiter = this.#requests.takeById(payload.id);
      if (waiter) waiter.refused(error);
      else this.#ends.report(error);
      this.#ends.settled();
    },
  };

  #decide({ type, payload }: Envelope): void {
    if (this.#protocol) return;
    const isSession = type === "session.welcome";
    this.#protocol = isSession ? "session" : "base";
    this.#connectionId = isSession ? text(payload.connectionId) : undefined;
    this.#echoesIds = isSession;
    this.#ends.decided(isSession ? (count(payload.heartbeatIntervalMs) ?? 0) : undefined);
  }

  #send(
    type: string,
    payload: string,
    resume: string,
    waiter: Waiter,
    timeoutMs = this.#settings.replyTimeoutMs,
    given?: string,
  ): void {
    const id = JSON.stringify(this.#requests.add(type, timeoutMs, waiter, given));
    const frame = `{"type":"${type}","payload":${payload},"id":${id}${resume}}`;
    this.#ends.send(frame, type === "auth.login" ? `{"type":"${type}","id":${id}}` : frame);
  }

  #waiter(verb: Verb, subscription: Subscription): Waiter {
    const { topic } = subscription;
    const ends = this.#ends;
    return {
      subscription,
      replied: (payload) => verb === "subscribe" && this.#subscribed(subscription, payload),
      failed: (code) => {
        if (code === "connection_lost") return;
        // A repeated subscribe is a heartbeat, and its silence the heartbeat's business.
        if (verb === "subscribe" && subscription.wanted && subscription.status.state === "pending") {
          const message = `The server has not answered the subscribe to ${topic} for ${this.#settings.replyTimeoutMs} ms`;
          ends.fail(subscription, new ClientError("no_reply", message, { topic }));
        }
        ends.settled();
      },
      refused: (error) => verb === "subscribe" && ends.fail(subscription, error),
    };
  }

  #update(envelope: Envelope): void {
    const { topic, offset, update } = readUpdate(envelope);
    const subscription = this.#ends.find(topic);
    // Not one, or one that waits for its own reply: it was under way when the topic was let go of.
    if (!subscription?.isConfirmed) return;
    const order = subscription.order(offset);
    if (order === "jump") this.#resume(subscription);
    if (order !== "next") return;
    subscription.passed(offset);
    subscription.deliver(this.#parse(subscription, update), offset);
  }

  /** Updates of a log were lost on the way: they are asked for again from where it stood, and what comes meanwhile waits there. */
  #resume(subscription: Subscription): void {
    subscription.interrupt();
    this.ask("subscribe", subscription);
  }

  #reply(envelope: Envelope): void {
    const { type, id, payload } = envelope;
    if (id !== undefined && id !== null) this.#echoesIds = true;
    const waiter = this.#requests.take(type, id);
    if (waiter === undefined) {
      throw new ClientError("invalid_message", `The server sent ${type} with id ${id}, which answers nothing asked`);
    }
    try {
      waiter.replied(payload);
    } finally {
      this.#ends.settled();
    }
  }

  #subscribed(subscription: Subscription, payload: Envelope["payload"]): void {
    const { topic, route } = subscription;
    const reply = readReply({ type: `${route.name}.subscribe.response`, payload });
    if (!reply.ok) subscription.subscribes -= 1;
    if (!subscription.wanted) return;
    if (!reply.ok) this.#ends.fail(subscription, refusalOf(payload, topic, topic));
    else if (reply.topic !== topic) {
      const message = `Subscribed ${topic}, but the server confirmed ${reply.topic}: no update would ever arrive. The two build topics differently`;
      this.#ends.fail(subscription, new ClientError("topic_mismatch", message, { topic }));
    } else {
      subscription.accepted(reply, this.#protocol === "session");
    }
  }

  #parse({ route, topic }: Subscription, update: unknown): unknown {
    const { random, validationShare } = this.#settings;
    if (route.parseUpdate === undefined || random() >= validationShare) return update;
    try {
      return route.parseUpdate(update);
    } catch (cause) {
      const message = `An update of ${topic} does not fit its route, and was dropped: ${cause}`;
      throw new ClientError("invalid_update", message, { topic, cause });
    }
  }
}
