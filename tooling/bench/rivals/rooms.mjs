import { replyOf, topicOf } from "../src/workload.mjs";

/** A minimal registry of the subscribers per topic. @template Member */
export class Rooms {
  /** @type {Map<string, Set<Member>>} */
  #members = new Map();

  /** @param {string} symbol @returns {Iterable<Member>} */
  of(symbol) {
    return this.#members.get(symbol) ?? [];
  }

  /** Handles a request. @param {Member} member @param {string} text @returns {object} the reply */
  handle(member, text) {
    const { type, payload } = JSON.parse(text);
    const members = this.#members.get(payload.symbol) ?? new Set();
    this.#members.set(payload.symbol, members);
    if (type === "bars.subscribe") members.add(member);
    else members.delete(member);
    return replyOf(type, topicOf(payload.symbol));
  }

  /** @param {Member} member */
  leave(member) {
    for (const members of this.#members.values()) members.delete(member);
  }
}
