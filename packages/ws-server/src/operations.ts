import type { Message } from "@trading/topic";
import type { Answer, Connection } from "./connection.js";
import { WsServerError } from "./errors.js";
import type { ServedRoute } from "./modules.js";
import type { TopicRegistry } from "./topic-registry.js";

/**
 * Does what a request asks. Throws a `TopicError` where the request is not of its schema; the connection closes then.
 */
export type Operation = (connection: Connection, request: Message) => void;

/** What a client may send, by message type. */
export type Operations = ReadonlyMap<string, Operation>;

/** A route and its source become `{route}.subscribe` and `{route}.unsubscribe`; `{route}.update` is the engine's own. */
export function operationsOf(
  routes: Iterable<ServedRoute>,
  registry: TopicRegistry,
  maxSubscriptions: number,
): Operations {
  const operations = new Map<string, Operation>();
  for (const route of routes) {
    operations.set(`${route.route.name}.subscribe`, subscribe(route, registry, maxSubscriptions));
    operations.set(`${route.route.name}.unsubscribe`, unsubscribe(route, registry));
  }
  return operations;
}

function subscribe(route: ServedRoute, registry: TopicRegistry, maxSubscriptions: number): Operation {
  return (connection, request) => {
    const topic = route.topic(request.payload);
    if (!registry.holds(connection, topic.name) && registry.held(connection) >= maxSubscriptions) {
      const message = `This connection holds ${maxSubscriptions} topics, the most it may: unsubscribe from one first`;
      const refusal = refused(topic.name, new WsServerError("too_many_subscriptions", message));
      connection.reply(request, topic.name, Promise.resolve(refusal));
      return;
    }
    const subscription = registry.acquire(connection, topic);
    const answer = subscription.started.then(
      (): Answer => ({ payload: accepted(topic.name, "Subscribed"), sent: () => subscription.open() }),
      (error: WsServerError): Answer => refused(topic.name, error),
    );
    connection.reply(request, topic.name, answer);
  };
}

function unsubscribe(route: ServedRoute, registry: TopicRegistry): Operation {
  return (connection, request) => {
    const { name } = route.topic(request.payload);
    registry.release(connection, name);
    connection.discard(name);
    connection.reply(request, name, Promise.resolve({ payload: accepted(name, "Unsubscribed") }));
  };
}

function accepted(topic: string, message: string): object {
  return { status: "ok", message, topic };
}

function refused(topic: string, { code, message }: WsServerError): Answer {
  return { payload: { status: "error", message, code, topic } };
}
