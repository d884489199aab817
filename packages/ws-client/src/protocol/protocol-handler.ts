import type { Core } from "../core.js";
import { ClientError } from "../errors.js";
import { Requests, type Waiter } from "../requests/pending-requests.js";
import type { Subscription } from "../subscriptions/subscription.js";
import { count, type Envelope, readEnvelope, readReply, readUpdate, refusalOf, text } from "./envelope.js";

export type Verb = "subscribe" | "unsubscribe";

/** The conversation with one server: what is asked, and what its frames mean to the subscriptions. */
export class Wire {
  readonly requests: Requests;
  /** What the server speaks; undefined until its first frame. */
  protocol: "session" | "base" | undefined;
  /** The server's name for the connection; of a session alone. */
  connectionId: string | undefined;
  readonly #core: Core;
  /** Whether this server echoes `id`. An origin server does not, and wants one unsubscribe for each subscribe. */
  #echoesIds = false;

  constructor(core: Core) {
    this.#core = core;
    this.requests = new Requests(core);
  }

  /** Asks for a topic, from the position it stands at, or lets go of it. */
  ask(verb: Verb, subscription: Subscription): void {
    const { topic, route, payload, position, isConfirmed } = subscription;
    const isSubscribe = verb === "subscribe";
    const resume = isSubscribe && position && !isConfirmed ? `,"resume":${JSON.stringify(position)}` : "";
    const waiter: Waiter = {
      subscription,
      replied: (reply) => isSubscribe && this.#subscribed(subscription, reply),
      failed: (code) => {
        if (code === "connection_lost") return;
        // A repeated subscribe is a heartbeat, and its silence the heartbeat's business.
        if (isSubscribe && subscription.wanted && subscription.status.state === "pending") {
          this.#fail(
            subscription,
            code,
            `No reply to the subscribe to ${topic} in ${this.#core.settings.replyTimeoutMs} ms`,
          );
        }
        this.#core.subscriptions.tryNext();
      },
    };
    let times = isSubscribe || this.#echoesIds ? 1 : subscription.subscribes;
    subscription.asked = isSubscribe;
    subscription.subscribes = isSubscribe ? subscription.subscribes + 1 : 0;
    while (times-- > 0) this.send(`${route.name}.${verb}`, payload, waiter, { resume });
  }

  /** Sends a request. */
  send(
    type: string,
    payload: string,
    waiter: Waiter,
    {
      resume = "",
      timeoutMs = this.#core.settings.replyTimeoutMs,
      id,
    }: { resume?: string; timeoutMs?: number; id?: string } = {},
  ): void {
    const given = JSON.stringify(this.requests.add(type, timeoutMs, waiter, id));
    const frame = `{"type":"${type}","payload":${payload},"id":${given}${resume}}`;
    this.#put(frame, type === "auth.login" ? `{"type":"${type}","id":${given}}` : frame);
  }

  /** Logs in. `answered` gets the refusal, if it is one. */
  login(token: string, answered: (refusal?: ClientError) => void): void {
    this.send("auth.login", JSON.stringify({ token }), {
      replied: (payload) => answered(payload.status === "ok" ? undefined : refusalOf(payload, "auth.login")),
      failed: (code) => code === "no_reply" && answered(new ClientError(code, "No reply to auth.login")),
    });
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.#put('{"type":"ping"}');
  }

  /** The connection is gone, and every reply with it. */
  disconnected(): void {
    this.requests.clear();
    this.#echoesIds = false;
    this.protocol = this.connectionId = undefined;
  }

  /** Takes one frame as it came. What cannot be read is reported, and the connection goes on. */
  receive(data: unknown): void {
    try {
      const envelope = readEnvelope(data);
      if (!this.protocol) this.#decide(envelope);
      this.#take(envelope);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.#core.report(error);
    }
  }

  /** The first frame tells what the server speaks. */
  #decide({ type, payload }: Envelope): void {
    const isSession = type === "session.welcome";
    this.#echoesIds = isSession;
    this.protocol = isSession ? "session" : "base";
    if (isSession) {
      this.connectionId = text(payload.connectionId);
      this.#core.heartbeat.start(count(payload.heartbeatIntervalMs) ?? 0, true);
    }
    this.#core.login.decided(isSession);
  }

  #take(envelope: Envelope): void {
    const { type, payload } = envelope;
    const { connection, login, subscriptions } = this.#core;
    const topic = text(payload.topic);
    switch (type) {
      case "auth.expiring":
        login.expiring();
        break;
      case "server.draining":
        connection.drain(count(payload.reconnectAfterMs) ?? 0);
        break;
      case "subscription.current":
        subscriptions.get(topic)?.completed({ epoch: text(payload.epoch), offset: count(payload.offset) ?? 0 });
        break;
      case "subscription.ended":
        subscriptions.ended(topic, refusalOf({ message: `The server ended ${topic}`, ...payload }, topic, topic));
        break;
      case "error":
        if (!this.#answer(undefined, payload.id, { ...payload, status: "error" })) {
          this.#core.report(refusalOf(payload, "a frame"));
        }
        break;
      default:
        // Other types are of a protocol this client does not speak.
        if (type.endsWith(".update")) this.#update(envelope);
        else if (type.endsWith(".response")) this.#reply(envelope);
    }
  }

  #update(envelope: Envelope): void {
    const { topic, offset, update } = readUpdate(envelope);
    const subscription = this.#core.subscriptions.get(topic);
    // Not one, or one that waits for its own reply: it was under way when the topic was let go of.
    if (!subscription?.isConfirmed) return;
    const order = subscription.order(offset);
    if (order === "next") {
      subscription.passed(offset);
      subscription.deliver(this.#parse(subscription, update), offset);
    } else if (order === "jump") {
      // Updates of a log were lost on the way: from where it stood, they come again, and what comes before the reply is in them.
      subscription.interrupt();
      this.ask("subscribe", subscription);
    }
  }

  #reply({ type, id, payload }: Envelope): void {
    if (id !== undefined) this.#echoesIds = true;
    if (!this.#answer(type.slice(0, -".response".length), id, payload)) {
      throw new ClientError("invalid_message", `The server sent ${type} with id ${id}, which answers nothing asked`);
    }
  }

  #answer(type: string | undefined, id: unknown, payload: Envelope["payload"]): boolean {
    const waiter = type === undefined && id === undefined ? undefined : this.requests.take(type, id);
    try {
      waiter?.replied(payload);
    } finally {
      this.#core.subscriptions.tryNext();
    }
    return waiter !== undefined;
  }

  #subscribed(subscription: Subscription, payload: Envelope["payload"]): void {
    const { topic, route } = subscription;
    const reply = readReply({ type: `${route.name}.subscribe.response`, payload });
    if (!reply.ok) subscription.subscribes -= 1;
    if (!subscription.wanted) return;
    if (!reply.ok) this.#core.subscriptions.fail(subscription, refusalOf(payload, topic, topic));
    else if (reply.topic !== topic) {
      const message = `Subscribed ${topic}, but the server confirmed ${reply.topic}: no update would ever arrive. The two build topics differently`;
      this.#fail(subscription, "topic_mismatch", message);
    } else subscription.accepted(reply, this.protocol === "session");
  }

  #fail(subscription: Subscription, code: ClientError["code"], message: string): void {
    this.#core.subscriptions.fail(subscription, new ClientError(code, message, subscription));
  }

  #parse({ route, topic }: Subscription, update: unknown): unknown {
    const { random, validationShare } = this.#core.settings;
    if (!route.parseUpdate || random() >= validationShare) return update;
    try {
      return route.parseUpdate(update);
    } catch (cause) {
      const message = `An update of ${topic} does not fit its route, and was dropped: ${cause}`;
      throw new ClientError("invalid_update", message, { topic, cause });
    }
  }

  /** @param shown the frame as a tap may see it */
  #put(frame: string, shown = frame): void {
    this.#core.connection.send(frame);
    this.#core.heartbeat.sent();
    this.#core.tell({ kind: "sent", frame: shown });
  }
}
