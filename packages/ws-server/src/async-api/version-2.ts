import { messageAt, messageHead, messageTail, ROOT, schemasOf, tagsOf } from "./components.js";
import { contractOf } from "./contract.js";
import { descriptionOf } from "./description.js";
import type { DocumentedMessage } from "./message.js";
import type { AsyncApiService } from "./service.js";

const SESSION =
  "This is the base protocol. The session extension, which a client requests with `?protocol=2`, is in the document of version 3.";

/** Returns the document of the base protocol as FastWS 0.1.7 generates it: with the client's directions, and `x-response` for replies. */
export function version2(service: AsyncApiService): object {
  const { title, version } = service;
  const contract = contractOf(service.modules);
  const { messages } = contract;
  const oneOf = (from: DocumentedMessage["from"]) => ({
    oneOf: messages.filter((message) => message.from === from).map(({ type }) => ({ $ref: messageAt(type) })),
  });
  return {
    asyncapi: "2.4.0",
    info: { title, version, description: descriptionOf(service, SESSION) },
    channels: {
      "/": {
        subscribe: {
          operationId: "processMessage",
          summary: "The API user can receive a given message from the server.",
          message: oneOf("server"),
        },
        publish: {
          operationId: "sendMessage",
          summary: "The API user can send a given message to the server.",
          message: oneOf("client"),
        },
      },
    },
    components: {
      schemas: schemasOf(contract),
      messages: Object.fromEntries(messages.map((message) => [message.type, messageObject(message)])),
    },
    tags: tagsOf(service),
    ...ROOT,
  };
}

function messageObject(message: DocumentedMessage): object {
  return {
    messageId: message.type,
    ...messageHead(message),
    ...(message.reply && { "x-response": { $ref: messageAt(message.reply) } }),
    ...messageTail(message),
  };
}
