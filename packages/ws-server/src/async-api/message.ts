import type { Access, Snapshot } from "@trading/topic";
import type { JsonSchema } from "@trading/topic/json-schema";

/** A message as both documents tell it: one frame of one type. */
export interface DocumentedMessage {
  /** As on the wire: `bars.subscribe`. Also its id in the documents. */
  readonly type: string;
  readonly from: "client" | "server";
  /** A few words: what it is for. */
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** The type of the message that answers it. */
  readonly reply?: string;
  /** Private where the server asks its authorizer first. @default "public" */
  readonly access?: Access;
  /** Of an update: the member that tells what it replaces, `*` for the one before. @default none: every update counts */
  readonly key?: string | undefined;
  /** Of an update: what a newcomer to its topic gets. */
  readonly snapshot?: Snapshot;
  /** Of its payload; undefined where it has none. */
  readonly payload?: JsonSchema;
  /** Whether a client may send its position beside the payload. @default false */
  readonly resumes?: boolean;
  /** A payload that the payload's schema accepts; undefined where none could be made. */
  readonly example?: unknown;
}

/** Messages, and the schemas that they refer to by name. */
export interface Contract {
  readonly messages: readonly DocumentedMessage[];
  readonly schemas: { readonly [name: string]: JsonSchema };
}

/** Where a named schema stands in a document. */
export function schemaAt(name: string): string {
  return `#/components/schemas/${name}`;
}

export function refTo(name: string): JsonSchema {
  return { $ref: schemaAt(name) };
}

/** `bars.subscribe` → `Bars Subscribe`, the way FastWS makes titles of names. */
export function titleOf(type: string): string {
  return type
    .split(/[._-]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");
}

/** The whole frame of a message, as JSON Schema. */
export function frameSchema({ type, payload, resumes }: DocumentedMessage): JsonSchema {
  return {
    type: "object",
    required: payload === undefined ? ["type"] : ["type", "payload"],
    properties: {
      type: { type: "string", const: type },
      ...(payload && { payload }),
      id: refTo("MessageId"),
      ...(resumes && { resume: refTo("Position") }),
    },
  };
}

/** A whole frame as it could be sent, or undefined where no payload for it could be made. */
export function frameExample({ type, payload, example }: DocumentedMessage): object | undefined {
  if (payload === undefined) return { type };
  return example === undefined ? undefined : { type, payload: example };
}
