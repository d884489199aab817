import { setTimeout as sleep } from "node:timers/promises";
import { Peer, send } from "./peer.mjs";

/**
 * A kind of request that is measured.
 *
 * @typedef {object} Request
 * @property {string} name
 * @property {boolean} login whether the peer has an account
 * @property {RegExp} limits the names of the settings that bound it
 * @property {(context: Context) => Promise<Sent>} run sends the requests, and waits until the server has handled them
 */

/** The result of a row: the bytes and the number of its requests, and the replies by kind. @typedef {{ bytes: number, requests: number, replies: string, leave: () => void }} Sent */

/** The server, and an account with its token. @typedef {{ port: number, token: string, accountId: string, turn: number }} Context */

/** The symbols of the simulated market that requests use. */
export const SYMBOLS = ["AAPL", "MSFT", "GOOGL", "AMZN", "TSLA", "NVDA"];

/** The names of the settings that bound each kind of request. */
export const LIMITS = {
  topics: /TOPIC|SYMBOL|SUBSCRI/,
  frames: /MESSAGE|FRAME|RATE|BUFFERED/,
  rest: /REST|HTTP|REQUEST|RATE/,
  connections: /CONNECTION|HANDSHAKE/,
  orders: /ORDER|REST|RATE|ACCOUNT/,
};

/** The path of the HTTP API. */
export const API = "/api/v1";

/** Time in which the consequences of a request show, in milliseconds. */
const SETTLE_MS = 150;

/** Counts the replies to HTTP requests. */
export class Tally {
  #bytes = 0;
  #requests = 0;
  /** @type {Map<string, number>} */
  #replies = new Map();

  /** @param {{ status: number, bytes: number }} reply */
  add({ status, bytes }) {
    this.#bytes += bytes;
    this.#requests += 1;
    this.#replies.set(`${status}`, (this.#replies.get(`${status}`) ?? 0) + 1);
  }

  /** @returns {Sent} */
  sent() {
    return { bytes: this.#bytes, requests: this.#requests, replies: textOf(this.#replies), leave: () => {} };
  }
}

/**
 * Returns the run of a row that sends frames on one connection.
 *
 * @param {boolean} login @param {(peer: Peer, context: Context) => number} sendAll returns the number of requests
 * @returns {Request["run"]}
 */
export function onSocket(login, sendAll) {
  return async (context) => {
    const peer = await Peer.connect(context.port);
    if (login) peer.send("auth.login", { token: context.token });
    await peer.handled();
    const before = peer.bytesSent;
    peer.replies.clear();
    const requests = sendAll(peer, context);
    const bytes = peer.bytesSent;
    await peer.handled();
    await sleep(SETTLE_MS);
    const closed = peer.closeCode === undefined ? "" : `closed ${peer.closeCode}`;
    return {
      bytes: Math.max(1, (bytes || peer.bytesSent) - before),
      requests,
      replies: [closed, textOf(peer.replies)].filter(Boolean).join(", "),
      leave: () => peer.close(),
    };
  };
}

/**
 * Returns the run of a row that sends HTTP requests, one after the other.
 *
 * @param {number} times @param {(context: Context, index: number) => Parameters<typeof send>[1]} requestOf
 * @returns {Request["run"]}
 */
export function overHttp(times, requestOf) {
  return async (context) => {
    const tally = new Tally();
    for (let index = 0; index < times; index++)
      tally.add(await send(context.port, requestOf(context, index)).catch(() => ({ status: 0, bytes: 1 })));
    return tally.sent();
  };
}

/** Calls a function several times. @param {number} times @param {(index: number) => void} call @returns how many times */
export function repeat(times, call) {
  for (let index = 0; index < times; index++) call(index);
  return times;
}

/** @param {Map<string, number>} counts */
function textOf(counts) {
  return Array.from(counts, ([name, count]) => `${name} ${count}`).join(", ");
}
