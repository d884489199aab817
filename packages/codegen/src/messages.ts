import {
  child,
  entriesOf,
  isObject,
  itemsOf,
  type Json,
  type Located,
  memberOf,
  problem,
  type References,
} from "./references.js";
import { propertyOf, stringsOf, unwrap } from "./schemas.js";

/** A message of a document. */
export interface Message {
  /** The type on the wire, such as `bars.subscribe`. */
  readonly type: string;
  readonly from: "client" | "server";
  /** The JSON Pointer to the message. */
  readonly at: string;
  /** The message object, for its extensions and descriptions. */
  readonly value: Json;
  /** The schema of the frame's `payload`, undefined if the frame has none. FastWS makes every payload nullable. */
  readonly payload: Located | undefined;
  /** The possible replies. */
  readonly replies: readonly Message[];
}

const SCHEMA_FORMATS = /^application\/(schema\+(json|yaml)|vnd\.aai\.asyncapi(\+(json|yaml))?)(;|$)/;

/** Reads message objects of AsyncAPI 2 and 3. */
export class MessageReader {
  readonly #references: References;

  constructor(references: References) {
    this.#references = references;
  }

  /** @throws CodegenError if the message has no name, or its payload is not a JSON Schema */
  read(part: Located, from: Message["from"], replies: readonly Located[], key?: string): Message {
    const { value, at } = this.#references.resolveObject(part, "A message");
    const names = [value.messageId, value.name, key ?? keyOf(at)].filter(
      (item): item is string => typeof item === "string" && item !== "",
    );
    const payload = this.#payloadOf({ value, at });
    const frame = payload && this.#frameOf(payload, names);
    const type = frame?.type ?? names[0];
    if (type === undefined) throw problem(at, "A message has no name: add a `name` with its type on the wire");
    const other = from === "client" ? "server" : "client";
    return {
      type,
      from,
      at,
      value,
      payload: frame === undefined ? payload : frame.payload,
      replies: replies.map((reply) => this.read(reply, other, [])),
    };
  }

  #payloadOf(message: Located<Json>): Located | undefined {
    const payload = child(message, "payload");
    const { schemaFormat } = message.value;
    if (typeof schemaFormat === "string") this.#checkFormat(schemaFormat, message.at);
    if (payload === undefined || !isObject(payload.value) || !("schemaFormat" in payload.value)) return payload;
    // AsyncAPI 3 wraps a schema together with its format.
    this.#checkFormat(String(payload.value.schemaFormat), payload.at);
    return child(payload as Located<Json>, "schema");
  }

  #checkFormat(format: string, at: string): void {
    if (SCHEMA_FORMATS.test(format)) return;
    throw problem(at, `A payload has the format ${JSON.stringify(format)}: expected JSON Schema`);
  }

  /**
   * Returns the type and the payload of a schema that describes a whole frame: its `type` is the message's name, or a
   * constant next to a `payload`. Any other schema describes the payload itself.
   */
  #frameOf(part: Located, names: readonly string[]): { type: string; payload: Located | undefined } | undefined {
    const { schema } = unwrap(part, this.#references);
    const type = propertyOf(schema, "type");
    if (type === undefined) return undefined;
    const payload = propertyOf(schema, "payload");
    const constants = stringsOf(type, this.#references);
    const own = names.find((name) => constants.includes(name)) ?? (constants.length === 1 ? constants[0] : names[0]);
    if (own === undefined || (!constants.includes(own) && payload === undefined)) return undefined;
    if (payload === undefined && !names.includes(own)) return undefined;
    return { type: own, payload };
  }
}

/** Returns the messages of an AsyncAPI 2 document: `publish` is sent by clients, `subscribe` by the server. */
export function messagesOf2(root: Located<Json>, references: References): readonly Message[] {
  const reader = new MessageReader(references);
  const sides = [
    ["publish", "client"],
    ["subscribe", "server"],
  ] as const;
  return entriesOf(child(root, "channels")).flatMap(([name, part]) => {
    const channel = references.resolveObject(part, `Channel ${JSON.stringify(name)}`);
    return sides.flatMap(([verb, from]) => {
      const operation = child(channel, verb);
      if (operation === undefined) return [];
      const message = child(references.resolveObject(operation, "An operation"), "message");
      if (message === undefined) return [];
      const { value, at } = references.resolveObject(message, "A message");
      const list = memberOf(value, "oneOf");
      const parts = Array.isArray(list) ? itemsOf({ value: list, at: `${at}/oneOf` }) : [message];
      return parts.map((item) => {
        const response = child(references.resolveObject(item, "A message"), "x-response");
        return reader.read(item, from, response ? [response] : []);
      });
    });
  });
}

/** Returns the messages of an AsyncAPI 3 document, whose directions are those of the server. */
export function messagesOf3(root: Located<Json>, references: References): readonly Message[] {
  const reader = new MessageReader(references);
  return entriesOf(child(root, "operations")).flatMap(([name, part]) => {
    const operation = references.resolveObject(part, `Operation ${JSON.stringify(name)}`);
    const { action } = operation.value;
    if (action !== "send" && action !== "receive") {
      throw problem(operation.at, `Invalid action: expected "send" or "receive", got ${JSON.stringify(action)}`);
    }
    const reply = child(operation, "reply");
    const replies = reply ? listed(references.resolveObject(reply, "A reply"), references) : [];
    const from = action === "receive" ? "client" : "server";
    return listed(operation, references).map(([key, item]) => {
      const own = replies.filter(([replyKey]) => replyKey === `${key}.response`);
      const candidates = (own.length > 0 ? own : replies).map(([, reply]) => reply);
      return reader.read(item, from, candidates, key);
    });
  });
}

/** Returns the messages that an operation or reply lists, with their names in the channel; all of the channel if it lists none. */
function listed(operation: Located<Json>, references: References): readonly (readonly [string, Located])[] {
  const messages = child(operation, "messages");
  if (messages !== undefined) {
    return itemsOf(messages).map((item) => {
      const reference = isObject(item.value) ? memberOf(item.value, "$ref") : undefined;
      return [(typeof reference === "string" && keyOf(reference)) || "", item];
    });
  }
  const channel = child(operation, "channel");
  if (channel === undefined) return [];
  return entriesOf(child(references.resolveObject(channel, "A channel"), "messages"));
}

/** Returns the name of a message in its components or channel. */
function keyOf(at: string): string | undefined {
  const [, key] = /\/messages\/([^/]+)$/.exec(at) ?? [];
  return key?.replaceAll("~1", "/").replaceAll("~0", "~");
}
