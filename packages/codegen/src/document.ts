import { type Message, messagesOf2, messagesOf3 } from "./messages.js";
import { isObject, type Json, memberOf, problem, References } from "./references.js";

/** The parts of a document that the generator needs. Messages are in document order, each type once. */
export interface Contents {
  /** The AsyncAPI version, such as `2.4.0`. */
  readonly version: string;
  readonly title: string;
  readonly messages: readonly Message[];
  readonly references: References;
}

/**
 * Reads the messages of an AsyncAPI document of version 2 or 3.
 *
 * @param document as parsed from JSON or YAML
 * @param allowsSameType whether different messages can have the same type, as in documents whose frames have no type
 * @throws CodegenError if this is not an AsyncAPI document, or a message cannot be read
 */
export function readDocument(document: unknown, allowsSameType = false): Contents {
  if (!isObject(document)) throw problem("", "This is not an AsyncAPI document: expected an object.");
  const version = memberOf(document, "asyncapi");
  if (typeof version !== "string" || !/^[23]\.\d+\.\d+/.test(version)) {
    const other = ["openapi", "swagger"].find((name) => name in document);
    const found = version === undefined ? "has no `asyncapi` version" : `has the version ${JSON.stringify(version)}`;
    const hint = other ? ` (it is an ${other} document)` : "";
    throw problem("", `This document ${found}${hint}: expected AsyncAPI 2.x or 3.x.`);
  }
  const references = new References(document);
  const root = { value: document, at: "" };
  const found = version.startsWith("2") ? messagesOf2(root, references) : messagesOf3(root, references);
  return { version, title: titleOf(document), messages: eachOnce(found, allowsSameType), references };
}

function titleOf({ info }: Json): string {
  return isObject(info) && typeof info.title === "string" ? info.title : "untitled";
}

/** Removes repeated messages: several channels may carry the same one. */
function eachOnce(messages: readonly Message[], allowsSameType: boolean): readonly Message[] {
  const byType = new Map<string, Message>();
  for (const message of messages) {
    const { at } = message;
    const type = allowsSameType ? `${message.type} ${message.from} ${at}` : message.type;
    const known = byType.get(type);
    if (known !== undefined && (known.at !== at || known.from !== message.from)) {
      throw problem(at, `${JSON.stringify(type)} is defined twice, here and at #${known.at}: keep one of them`);
    }
    if (known === undefined || message.replies.length > 0) byType.set(type, message);
  }
  return [...byType.values()];
}
