import type { Logger } from "../platform/logger.js";
import { decodeNodeMessage, type NodeMessage } from "./messages.js";

/** Nodes of which the log says that their messages are refused. */
const MAX_REFUSED_NODES = 100;

/** Decodes the messages of other nodes, and refuses those that are invalid. */
export class NodeInbox {
  readonly #logger: Logger;
  /** The nodes whose messages were refused. */
  readonly #refusedNodes = new Set<string>();
  #invalidMessages = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Number of messages that were refused. */
  get invalidMessages(): number {
    return this.#invalidMessages;
  }

  /** Decodes a message. @returns undefined if it is refused */
  read(from: string, bytes: Uint8Array): NodeMessage | undefined {
    try {
      return decodeNodeMessage(bytes);
    } catch (error) {
      this.#refuse(from, error);
      return undefined;
    }
  }

  #refuse(from: string, error: unknown): void {
    this.#invalidMessages++;
    // Once for each node, so that the log names all of those that have another version.
    if (this.#refusedNodes.has(from) || this.#refusedNodes.size >= MAX_REFUSED_NODES) return;
    this.#refusedNodes.add(from);
    this.#logger.error("A message of another node was refused", { from, error });
  }
}
