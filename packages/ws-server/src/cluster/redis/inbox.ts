import type { Claim } from "../bus.js";

/** An entry in the inbox of a node. */
export type InboxMessage =
  | { readonly type: "message"; readonly from: string; readonly body: Uint8Array }
  /** Another node has replaced a claim of this node. */
  | { readonly type: "taken"; readonly claim: Claim };

const NEWLINE = 0x0a;

/** The longest first line: a type and a name or an id, of at most 64 characters each. */
const MAX_HEAD_BYTES = 130;

/** Puts the sender before a message: a first line `m <sender>`. */
export function encodeMessage(from: string, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`m ${from}\n`), body]);
}

/** Encodes the notification of the node whose claim is replaced: a line `t <id>`, then the key. */
export function encodeTaken({ id, key }: Claim): string {
  return `t ${id}\n${key}`;
}

/** Parses what has arrived in the inbox of a node. @throws Error if it is not of a node, naming what is wrong */
export function decodeInbox(bytes: Buffer, node: string): InboxMessage {
  const end = bytes.indexOf(NEWLINE);
  if (end < 0 || end > MAX_HEAD_BYTES) throw new Error("Invalid message: it has no first line");
  const [, type, name] = /^([mt]) ([\w.:-]{1,64})$/.exec(bytes.toString("latin1", 0, end)) ?? [];
  if (name === undefined) throw new Error("Invalid message: its first line does not name a sender or a claim");
  const body = bytes.subarray(end + 1);
  if (type === "m") return { type: "message", from: name, body };
  return { type: "taken", claim: { key: body.toString("utf8"), node, id: name } };
}

/** Writes a claim as the text of its key. */
export function textOf({ node, id }: Claim): string {
  return `${node} ${id}`;
}

/** Parses the text of a claim's key. @throws Error if it is not one, because the key belongs to something else */
export function parseClaim(key: string, text: string): Claim {
  const [, node, id] = /^([\w.:-]{1,64}) ([\w.:-]{1,64})$/.exec(text) ?? [];
  if (node === undefined || id === undefined) {
    throw new Error(`Invalid claim in Redis: expected a node and an id, got ${JSON.stringify(text.slice(0, 50))}`);
  }
  return { key, node, id };
}
