import type { BusNode, Claim, NodeRole } from "./bus.js";
import { MAX_NAME_BYTES } from "./ipc-frames.js";
import { count, isObject, shown, text } from "./message-fields.js";

/** A question of a node, whose `id` is in the answer. */
export type IpcQuestion =
  | { readonly type: "claim"; readonly id: number; readonly mine: Claim; readonly instead?: Claim | undefined }
  | { readonly type: "find"; readonly id: number; readonly key: string }
  | { readonly type: "release"; readonly id: number; readonly claim: Claim }
  | { readonly type: "alive"; readonly id: number; readonly node: string }
  | { readonly type: "owners"; readonly id: number }
  | { readonly type: "nodes"; readonly id: number; readonly settings: string }
  /** The node closes its connection when this is answered. */
  | { readonly type: "end"; readonly id: number };

/** The result of a question. */
export type IpcResult = Claim | boolean | readonly string[] | readonly BusNode[] | undefined;

/** A control frame from a node. The first one is `hello`. */
export type NodeControl = ({ readonly type: "hello"; readonly node: string } & NodeRole) | IpcQuestion;

/** A control frame from the hub. The first one is `welcome`. */
export type HubControl =
  | { readonly type: "welcome"; readonly incarnation: string }
  | { readonly type: "answer"; readonly id: number; readonly result?: IpcResult }
  | { readonly type: "taken"; readonly claim: Claim };

/** Printable ASCII, so that a name has as many bytes as characters and is safe in a log line. */
const NAME = new RegExp(`^[!-~]{1,${MAX_NAME_BYTES}}$`);

/** Returns whether a text can be the name of a node. */
export function isNodeName(name: string): boolean {
  return NAME.test(name);
}

/** Parses a control frame of a node. @throws Error if it is not one, naming what is wrong */
export function parseNodeControl(body: Buffer): NodeControl {
  const value = objectOf(body);
  const { type } = value;
  if (type === "hello") return { type, node: nodeName(value.node), ownsTopics: value.ownsTopics === true };
  const id = count(value.id, "id");
  switch (type) {
    case "claim":
      return {
        type,
        id,
        mine: claim(value.mine),
        instead: value.instead === undefined ? undefined : claim(value.instead),
      };
    case "find":
      return { type, id, key: text(value.key, "key") };
    case "release":
      return { type, id, claim: claim(value.claim) };
    case "alive":
      return { type, id, node: text(value.node, "node") };
    case "nodes":
      return { type, id, settings: text(value.settings, "settings") };
    case "owners":
    case "end":
      return { type, id };
    default:
      throw unknownType(type);
  }
}

/** Parses a control frame of the hub. @throws Error if it is not one, naming what is wrong */
export function parseHubControl(body: Buffer): HubControl {
  const value = objectOf(body);
  const { type } = value;
  switch (type) {
    case "welcome":
      return { type, incarnation: text(value.incarnation, "incarnation") };
    case "answer":
      return { type, id: count(value.id, "id"), result: resultOf(value.result) };
    case "taken":
      return { type, claim: claim(value.claim) };
    default:
      throw unknownType(type);
  }
}

function objectOf(body: Buffer): Record<string, unknown> {
  const value: unknown = JSON.parse(body.toString("utf8"));
  if (!isObject(value)) throw new Error("Invalid message: expected an object");
  return value;
}

function resultOf(value: unknown): IpcResult {
  if (Array.isArray(value)) return value.some(isObject) ? value.map(busNode) : value.map(nodeName);
  return value === undefined || typeof value === "boolean" ? value : claim(value);
}

function claim(value: unknown): Claim {
  if (!isObject(value)) throw new Error("Invalid message: a claim must be an object");
  return { key: text(value.key, "key"), node: nodeName(value.node), id: text(value.id, "id") };
}

function busNode(value: unknown): BusNode {
  if (!isObject(value)) throw new Error("Invalid message: a node must be an object");
  return { node: nodeName(value.node), settings: text(value.settings, "settings") };
}

function nodeName(value: unknown): string {
  const name = text(value, "node");
  if (!isNodeName(name)) throw new Error(`Invalid message: node must be 1 to ${MAX_NAME_BYTES} printable characters`);
  return name;
}

function unknownType(type: unknown): Error {
  return new Error(`Invalid message: unknown type ${shown(type)}`);
}
