import { messageAt, messageHead, messageTail, ROOT, schemasOf, tagsOf } from "./components.js";
import { contractOf } from "./contract.js";
import { descriptionOf } from "./description.js";
import { type Contract, type DocumentedMessage, titleOf } from "./message.js";
import type { AsyncApiService } from "./service.js";
import { sessionContract } from "./session.js";

const SESSION =
  "A client that connects with `?protocol=2` has the session extension too: the operations tagged `session`.";

const CHANNEL = "#/channels/socket";

/** Returns the document of both protocols: with the server's directions, and a reply for each request. */
export function version3(service: AsyncApiService): object {
  const { title, version, path } = service;
  const contract = withSession(contractOf(service.modules));
  const { messages } = contract;
  const replies = new Set(messages.map(({ reply }) => reply));
  const operations = messages.filter(({ type }) => !replies.has(type));
  return {
    asyncapi: "3.0.0",
    info: { title, version, description: descriptionOf(service, SESSION), tags: [...tagsOf(service), SESSION_TAG] },
    channels: {
      socket: {
        address: path,
        messages: Object.fromEntries(messages.map(({ type }) => [type, { $ref: messageAt(type) }])),
        bindings: { ws: { method: "GET", query: SESSION_QUERY } },
      },
    },
    operations: Object.fromEntries(operations.map((message) => [message.type, operationObject(message)])),
    components: {
      schemas: schemasOf(contract),
      messages: Object.fromEntries(
        messages.map((message) => [message.type, { ...messageHead(message), ...messageTail(message) }]),
      ),
      securitySchemes: { bearer: BEARER },
    },
    ...ROOT,
  };
}

const SESSION_TAG = {
  name: "session",
  description: "The session extension, which a client requests with `?protocol=2`.",
};

const SESSION_QUERY = {
  type: "object",
  properties: { protocol: { type: "integer", minimum: 2, description: "Requests the session extension." } },
};

const BEARER = {
  type: "http",
  scheme: "bearer",
  bearerFormat: "JWT",
  description: "At the upgrade, or in band with auth.login.",
};

function withSession(base: Contract): Contract {
  const session = sessionContract();
  return {
    messages: [...base.messages, ...session.messages],
    schemas: { ...base.schemas, ...session.schemas },
  };
}

function operationObject(message: DocumentedMessage): object {
  const { type, from, summary, description, tags, reply, access } = message;
  const refTo = (name: string) => ({ $ref: `${CHANNEL}/messages/${name}` });
  return {
    action: from === "client" ? "receive" : "send",
    channel: { $ref: CHANNEL },
    title: titleOf(type),
    summary,
    description,
    ...(access === "private" && from === "client" && { security: [{ $ref: "#/components/securitySchemes/bearer" }] }),
    tags: tags.map((name) => ({ name })),
    messages: [refTo(type)],
    ...(reply && { reply: { channel: { $ref: CHANNEL }, messages: [refTo(reply)] } }),
  };
}
