import { closeCodes } from "@trading/topic";
import type { JsonSchema } from "@trading/topic/json-schema";
import { type Contract, type DocumentedMessage, frameExample, frameSchema, refTo, titleOf } from "./message.js";
import type { AsyncApiService } from "./service.js";
import { modelName, withTitles } from "./titles.js";

/** The root members that both versions share. */
export const ROOT = { defaultContentType: "application/json", "x-close-codes": Object.values(closeCodes) };

/** Returns the reference to a message. */
export function messageAt(type: string): string {
  return `#/components/messages/${type}`;
}

/** Returns the members of a message object that both versions share, up to the payload. */
export function messageHead(message: DocumentedMessage): object {
  return {
    name: message.type,
    title: titleOf(message.type),
    summary: message.summary,
    description: message.description,
    contentType: "application/json",
    payload: refTo(frameName(message)),
    ...(message.access && { "x-access": message.access }),
    ...(message.key && { "x-key": message.key }),
    ...(message.snapshot && { "x-snapshot": message.snapshot }),
    ...(message.keep && Object.keys(message.keep).length > 0 && { "x-keep": message.keep }),
  };
}

/** Returns the members of a message object that both versions share, after the payload. */
export function messageTail(message: DocumentedMessage): object {
  const payload = frameExample(message);
  return {
    tags: message.tags.map((name) => ({ name })),
    ...(payload && { examples: [{ name: message.type, payload }] }),
  };
}

/** Returns a document's schemas: those of the payloads, and one of the frame for each message. */
export function schemasOf({ messages, schemas }: Contract): { readonly [name: string]: JsonSchema } {
  const frames = messages.map((message) => [frameName(message), frameSchema(message)] as const);
  return Object.fromEntries(
    [...Object.entries(schemas), ...frames].map(([name, schema]) => [name, withTitles(schema, modelName(name))]),
  );
}

function frameName({ type }: DocumentedMessage): string {
  return `${type}.frame`;
}

/** Returns a document's tags: the modules' names, and their further tags. */
export function tagsOf({ modules }: AsyncApiService): { name: string; description?: string }[] {
  const tags = new Map(modules.map(({ name, description }) => [name, { name, ...(description && { description }) }]));
  for (const name of modules.flatMap((module) => module.tags ?? [])) if (!tags.has(name)) tags.set(name, { name });
  return [...tags.values()];
}
