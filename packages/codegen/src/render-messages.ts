import type { Contents } from "./document.js";
import type { Message } from "./messages.js";
import { Names, pascalCase } from "./names.js";
import { memberOf } from "./references.js";
import { headOf } from "./render.js";
import { type Declared, Types } from "./types.js";

/** A module of types, with the names of those of messages. */
export interface RenderedMessages {
  readonly text: string;
  readonly types: readonly string[];
}

/**
 * Renders a module with one type for each message, the unions of what each side sends, and the types that they share. For documents
 * whose messages are neither routes nor requests with replies.
 *
 * @param from the source of the document, for the header comment
 */
export async function renderMessages(contents: Contents, from: string): Promise<RenderedMessages> {
  const names = new Names();
  const unions = { client: names.take("ClientMessage"), server: names.take("ServerMessage") };
  const types = new Types(contents.references, names, new Set());
  const all = withReplies(contents.messages).map((message) => ({
    message,
    declared: types.reserve(pascalCase(message.type), message.payload ? [message.payload] : []),
  }));
  const texts: string[] = [];
  for (const { message, declared } of all) texts.push(await types.declare(declared, textOf(message)));
  for (const side of ["client", "server"] as const) {
    const members = all.filter(({ message }) => message.from === side).map(({ declared }) => declared);
    if (members.length > 0) texts.push(unionOf(unions[side], side, members));
  }
  texts.push(...(await types.declareShared()));
  return {
    text: `${[headOf(contents, from), ...texts].join("\n\n")}\n`,
    types: all.map(({ declared }) => declared.name),
  };
}

/** Returns the messages and their replies, each once, ordered by type. */
function withReplies(messages: readonly Message[]): readonly Message[] {
  const all = messages.flatMap((message) => [message, ...message.replies]);
  const byPlace = new Map(all.map((message) => [`${message.from} ${message.at}`, message]));
  return [...byPlace.values()].sort((one, other) => (one.type < other.type ? -1 : one.type > other.type ? 1 : 0));
}

function textOf({ type, value }: Message): string {
  const text = memberOf(value, "description") ?? memberOf(value, "summary");
  return typeof text === "string" && text.trim() !== "" ? text.trim() : `The payload of \`${type}\`.`;
}

function unionOf(name: string, side: string, members: readonly Declared[]): string {
  return `/** Any message that the ${side} sends. */\nexport type ${name} =\n${members.map((member) => `  | ${member.name}`).join("\n")};`;
}
