import { type SessionMessageType, sessionMessages } from "@trading/topic";
import { jsonSchemaOf } from "@trading/topic/json-schema";
import { exampleOf } from "./example.js";
import { type Contract, type DocumentedMessage, refTo, schemaAt } from "./message.js";

type SessionMessageInfo = Pick<DocumentedMessage, "from" | "description" | "reply"> & { readonly payload?: false };

/** The descriptions of the session extension's messages. A `payload` of false means that it has none. */
const MESSAGES: { readonly [Type in SessionMessageType]: SessionMessageInfo } = {
  "session.welcome": {
    from: "server",
    description:
      "The first frame of a connection with the session extension. If another frame is first, the server speaks the base protocol.",
  },
  ping: {
    from: "client",
    description: "Sent after half of heartbeatIntervalMs without a frame from the server.",
    reply: "pong",
    payload: false,
  },
  pong: { from: "server", description: "The reply to a ping.", payload: false },
  "auth.login": {
    from: "client",
    description: "Authenticates in band, and again with a fresh token before the old one expires.",
    reply: "auth.login.response",
  },
  "auth.login.response": { from: "server", description: "Whether the token is accepted, and why not." },
  "auth.expiring": { from: "server", description: "The token expires soon: log in again with a fresh one." },
  "subscription.ended": {
    from: "server",
    description: "The subscription has ended: the source ended the topic, or access was revoked.",
  },
  "subscription.current": { from: "server", description: "A snapshot or a recovery is complete." },
  "server.draining": {
    from: "server",
    description: "The server is shutting down: reconnect within this window, at a random time.",
  },
  error: { from: "server", description: "An error that is not a reply to a request." },
};

/** Returns the messages of the session extension, which a client requests with `?protocol=2`. */
export function sessionContract(): Contract {
  const types = Object.keys(sessionMessages) as SessionMessageType[];
  const schemas = new Map(types.map((type) => [type, jsonSchemaOf(sessionMessages[type], schemaAt(nameOf(type)))]));
  return {
    messages: types.map((type) => {
      const { payload, ...info } = MESSAGES[type];
      const schema = schemas.get(type) ?? {};
      return {
        type,
        ...info,
        summary: `Session: ${type}`,
        tags: ["session"],
        ...(payload !== false && { payload: refTo(nameOf(type)), example: exampleOf(schema) }),
      };
    }),
    schemas: Object.fromEntries(
      types.filter((type) => MESSAGES[type].payload !== false).map((type) => [nameOf(type), schemas.get(type) ?? {}]),
    ),
  };
}

/** Returns the name of a schema. Its suffix differs from those of routes and operations. */
function nameOf(type: SessionMessageType): string {
  return `${type}.session`;
}
