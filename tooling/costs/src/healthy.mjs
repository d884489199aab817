import { Agent, request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { bars, orders, quotes } from "@trading/topic/shapes";
import { createClient } from "@trading/ws-client";
import { createRest } from "@trading/ws-client/rest";
import { WebSocket } from "ws";

/** Pause between two requests of a client, in milliseconds. */
const PAUSE_MS = 100;

const SYMBOLS = ["AAPL", "MSFT", "GOOGL", "AMZN"];
const RESOLUTIONS = /** @type {const} */ (["1", "5", "15", "60"]);

/** The times of one kind of request, in milliseconds; and the requests without a reply. @typedef {{ ms: number[], refused: Map<string, number>, failed: number }} Times */

/** A user of the SDK: subscribes, requests and trades, over connections that it keeps and over new ones, from a separate address. */
export class Healthy {
  #client;
  /** The last client that was created for one subscription. @type {import("@trading/ws-client").Client | undefined} */
  #newClient;
  #connect;
  /** Opens a connection for each request. */
  #rest;
  /** Uses one connection for all requests. */
  #keptRest;
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #accountId;
  #isClosed = false;
  /** @type {Map<string, Times>} */
  #times = new Map();
  /** The live updates of quotes, to notice if they stay away. */
  #quotedAt = 0;

  /** @param {number} port @param {number} index @param {{ token: string, accountId: string }} account */
  constructor(port, index, { token, accountId }) {
    const localAddress = addressOf(index);
    this.#accountId = accountId;
    const restFrom = (/** @type {Agent | undefined} */ agent) =>
      createRest({
        baseUrl: `http://127.0.0.1:${port}/api/v1`,
        fetch: fetchFrom(localAddress, agent),
        getToken: () => token,
      });
    this.#rest = restFrom(undefined);
    this.#keptRest = restFrom(this.#agent);
    this.#connect = () =>
      createClient({
        url: `ws://127.0.0.1:${port}/api/v1/ws`,
        getToken: () => token,
        WebSocket: /** @type {any} */ (
          class extends WebSocket {
            /** @param {string} url */
            constructor(url) {
              super(url, { localAddress });
            }
          }
        ),
        onError: ({ code, topic }) => this.#refused(topic === undefined ? "connection" : "subscribe", code),
      });
    this.#client = this.#connect();
    this.#client.onState(
      ({ status }) => status !== "connected" && !this.#isClosed && this.#refused("connection", status),
    );
  }

  /** Starts a client that works until it is closed. @param {number} port @param {number} index */
  static async start(port, index) {
    const reply = await fetchFrom(addressOf(index))(`http://127.0.0.1:${port}/api/v1/auth/demo-token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    const account = /** @type {{ token: string, accountId: string }} */ (await reply.json());
    const healthy = new Healthy(port, index, account);
    await healthy.#subscribe();
    void healthy.#work(index);
    return healthy;
  }

  /** Returns the times of all clients together. @param {readonly Healthy[]} clients @returns {Map<string, Times>} */
  static merged(clients) {
    /** @type {Map<string, Times>} */
    const merged = new Map();
    for (const client of clients) {
      for (const [name, { ms, refused, failed }] of client.#times) {
        const times = timesOf(merged, name);
        times.ms.push(...ms);
        times.failed += failed;
        for (const [code, count] of refused) times.refused.set(code, (times.refused.get(code) ?? 0) + count);
      }
    }
    return merged;
  }

  /** Begins to count again. */
  reset() {
    this.#times = new Map();
  }

  close() {
    this.#isClosed = true;
    this.#client.close();
    // It would try to reconnect forever.
    this.#newClient?.close();
    this.#agent.destroy();
  }

  async #subscribe() {
    const accountId = this.#accountId;
    this.#client.subscribe(quotes, { symbols: [], fast_symbols: SYMBOLS }, () => {
      const now = performance.now();
      if (this.#quotedAt > 0) timesOf(this.#times, "interval of live quotes").ms.push(now - this.#quotedAt);
      this.#quotedAt = now;
    });
    await this.#client.subscribe(orders, { accountId }, () => {}).ready;
  }

  /** @param {number} index */
  async #work(index) {
    const accountId = this.#accountId;
    const order = /** @type {const} */ ({ symbol: "AAPL", type: 1, side: 1, qty: 1, limitPrice: 1 });
    for (let turn = index; !this.#isClosed; turn++) {
      const params = { symbol: SYMBOLS[turn % SYMBOLS.length], resolution: RESOLUTIONS[turn % RESOLUTIONS.length] };
      await this.#timed("subscribe, kept connection", async () => {
        const handle = this.#client.subscribe(bars, params, () => {});
        await handle.ready;
        handle();
      });
      await this.#timed("subscribe, new connection", async () => {
        const client = this.#connect();
        this.#newClient = client;
        try {
          await client.subscribe(bars, params, () => {}).ready;
        } finally {
          client.close();
        }
      });
      await this.#timed("GET quotes, kept connection", () => this.#keptRest.quotes(SYMBOLS));
      await this.#timed("GET quotes, new connection", () => this.#rest.quotes(SYMBOLS));
      const placed = await this.#timed("place an order, new connection", () => this.#rest.placeOrder(accountId, order));
      const { orderId } = placed ?? {};
      if (orderId !== undefined)
        await this.#timed("cancel an order, new connection", () => this.#rest.cancelOrder(accountId, orderId));
    }
  }

  /** @template Reply @param {string} name @param {() => Promise<Reply>} request @returns {Promise<Reply | undefined>} */
  async #timed(name, request) {
    await sleep(PAUSE_MS);
    if (this.#isClosed) return undefined;
    const startedAt = performance.now();
    try {
      const reply = await request();
      timesOf(this.#times, name).ms.push(performance.now() - startedAt);
      return reply;
    } catch (error) {
      const { code = "unknown", status } = /** @type {{ code?: string, status?: number }} */ (error);
      if (["no_reply", "unreachable", "stopped"].includes(code)) timesOf(this.#times, name).failed += 1;
      else this.#refused(name, status === undefined ? code : `${status}`);
      return undefined;
    }
  }

  /** @param {string} name @param {string} code */
  #refused(name, code) {
    const { refused } = timesOf(this.#times, name);
    refused.set(code, (refused.get(code) ?? 0) + 1);
  }
}

/** @param {Map<string, Times>} times @param {string} name @returns {Times} */
function timesOf(times, name) {
  const found = times.get(name) ?? { ms: [], refused: new Map(), failed: 0 };
  times.set(name, found);
  return found;
}

/** @param {number} index */
function addressOf(index) {
  return `127.0.1.${(index % 250) + 1}`;
}

/**
 * Returns a `fetch` that connects from an address, so that a limit for an address applies to each client separately.
 *
 * @param {string} localAddress @param {Agent} [agent] the connections that it uses; by default a new one for each request
 * @returns {typeof globalThis.fetch}
 */
function fetchFrom(localAddress, agent) {
  return (url, { method = "GET", headers, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const sent = httpRequest(
        String(url),
        {
          method,
          localAddress,
          agent: agent ?? false,
          headers: Object.fromEntries(new Headers(headers)),
          ...(signal && { signal }),
        },
        (reply) => {
          /** @type {Buffer[]} */
          const parts = [];
          reply.on("data", (part) => parts.push(part));
          reply.on("error", reject);
          reply.on("end", () => {
            const text = Buffer.concat(parts).toString();
            const type = String(reply.headers["content-type"] ?? "");
            resolve(
              new Response(text === "" ? null : text, {
                status: reply.statusCode ?? 500,
                headers: { "content-type": type },
              }),
            );
          });
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
}
