import type { Access, Keep, Snapshot } from "@trading/topic";
import type { JsonSchema } from "@trading/topic/json-schema";

/** A message as both documents describe it: one frame of one type. */
export interface DocumentedMessage {
  /** The message type, such as `bars.subscribe`. Also its id in the documents. */
  readonly type: string;
  readonly from: "client" | "server";
  /** A few words on its purpose. */
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** The type of its reply. */
  readonly reply?: string;
  /** Private if the server authorizes the request first. @default "public" */
  readonly access?: Access;
  /** Of an update: the member by which updates supersede earlier ones; `*` = the previous one. @default none */
  readonly key?: string | undefined;
  /** Of an update: what a new subscriber gets. */
  readonly snapshot?: Snapshot;
  /** Of an update: its retention. */
  readonly keep?: Keep;
  /** Schema of its payload; undefined if it has none. */
  readonly payload?: JsonSchema;
  /** Whether the message can contain a position to resume from. @default false */
  readonly resumes?: boolean;
  /** A valid payload; undefined if none could be generated. */
  readonly example?: unknown;
}

/** Messages, and the schemas that they reference by name. */
export interface Contract {
  readonly messages: readonly DocumentedMessage[];
  readonly schemas: { readonly [name: string]: JsonSchema };
}

/** Returns the reference to a named schema. */
export function schemaAt(name: string): string {
  return `#/components/schemas/${name}`;
}

export function refTo(name: string): JsonSchema {
  return { $ref: schemaAt(name) };
}

/** Returns a title as FastWS generates it: `Bars Subscribe` for `bars.subscribe`. */
export function titleOf(type: string): string {
  return type
    .split(/[._-]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");
}

/** Returns the JSON Schema of a message's frame. */
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

/** Returns an example frame; undefined if no payload could be generated. */
export function frameExample({ type, payload, example }: DocumentedMessage): object | undefined {
  if (payload === undefined) return { type };
  return example === undefined ? undefined : { type, payload: example };
}
