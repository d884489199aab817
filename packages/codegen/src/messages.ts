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

/** A message of a document: one frame of one type. */
export interface Message {
  /** As on the wire: `bars.subscribe`. */
  readonly type: string;
  readonly from: "client" | "server";
  /** Where the message stands. */
  readonly at: string;
  /** The message itself, for its extensions and texts. */
  readonly value: Json;
  /** The schema of the frame's `payload`, undefined where the frame has none. FastWS lets each be null beside. */
  readonly payload: Located | undefined;
  /** What may answer it. */
  readonly replies: readonly Message[];
}

const SCHEMA_FORMATS = /^application\/(schema\+(json|yaml)|vnd\.aai\.asyncapi(\+(json|yaml))?)(;|$)/;

/** Reads message objects of either version. */
export class MessageReader {
  readonly #references: References;

  constructor(references: References) {
    this.#references = references;
  }

  /** @throws CodegenError where it has no name, or its payload is no JSON Schema */
  read(part: Located, from: Message["from"], replies: readonly Located[], key?: string): Message {
    const { value, at } = this.#references.resolveObject(part, "A message");
    const names = [value.messageId, value.name, key ?? keyOf(at)].filter(
      (item): item is string => typeof item === "string" && item !== "",
    );
    const payload = this.#payloadOf({ value, at });
    const frame = payload && this.#frameOf(payload, names);
    const type = frame?.type ?? names[0];
    if (type === undefined) throw problem(at, "A message has no name: give it a `name`, as its type on the wire");
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
    // A schema of version 3 with its format beside it.
    this.#checkFormat(String(payload.value.schemaFormat), payload.at);
    return child(payload as Located<Json>, "schema");
  }

  #checkFormat(format: string, at: string): void {
    if (SCHEMA_FORMATS.test(format)) return;
    throw problem(at, `A payload has the format ${JSON.stringify(format)}: only JSON Schema can be read`);
  }

  /**
   * The payload within a frame's schema: one whose `type` is a constant that is the message's name, or stands beside a
   * `payload`. Any other schema is of the payload itself.
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

/** Messages of version 2: what the client publishes, and what it is subscribed to. */
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

/** Messages of version 3: directions are the server's. */
export function messagesOf3(root: Located<Json>, references: References): readonly Message[] {
  const reader = new MessageReader(references);
  return entriesOf(child(root, "operations")).flatMap(([name, part]) => {
    const operation = references.resolveObject(part, `Operation ${JSON.stringify(name)}`);
    const { action } = operation.value;
    if (action !== "send" && action !== "receive") {
      throw problem(operation.at, `The action must be "send" or "receive", but is ${JSON.stringify(action)}`);
    }
    const reply = child(operation, "reply");
    const replies = reply ? listed(references.resolveObject(reply, "A reply"), references) : [];
    const from = action === "receive" ? "client" : "server";
    return listed(operation, references).map(([key, item]) => {
      const own = replies.filter(([replyKey]) => replyKey === `${key}.response`);
      const answers = (own.length > 0 ? own : replies).map(([, answer]) => answer);
      return reader.read(item, from, answers, key);
    });
  });
}

/** The messages of an operation or reply with their names in its channel: those it lists, or all of the channel. */
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

/** The name under which a message stands in its components or its channel. */
function keyOf(at: string): string | undefined {
  const [, key] = /\/messages\/([^/]+)$/.exec(at) ?? [];
  return key?.replaceAll("~1", "/").replaceAll("~0", "~");
}
