import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Execution, PlacedOrder } from "@trading/topic";
import { WebSocket } from "ws";
import type { Journal, SentOrder } from "./journal.js";

/** Returns a random integer from 0, below a limit. Repeatable by its seed. */
export type RandomInteger = (below: number) => number;

/** Concurrent clients that send orders of one account until the server is killed, and record them in a journal. */
export class Load {
  readonly #journal: Journal;
  readonly #baseUrl: string;
  readonly #random: RandomInteger;
  readonly #token: string | undefined;
  readonly #onDone: () => void;
  readonly #symbols: readonly string[];
  /** Whether a request without a result is repeated with its key, until there is one. */
  readonly #retries: boolean;
  #isStopped = false;
  /** Requests that were repeated. */
  retried = 0;

  /**
   * @param token undefined when the account is open
   * @param onDone called after each reply
   * @param retries whether the clients are of a cluster that goes on when one of its servers is killed: until `stop`
   */
  constructor(
    journal: Journal,
    baseUrl: string,
    random: RandomInteger,
    token: string | undefined,
    onDone: () => void,
    symbols: readonly string[] = ["AAPL", "MSFT", "TSLA"],
    retries = false,
  ) {
    this.#journal = journal;
    this.#baseUrl = baseUrl;
    this.#random = random;
    this.#token = token;
    this.#onDone = onDone;
    this.#symbols = symbols;
    this.#retries = retries;
  }

  /** Ends the clients after their present requests. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Subscribes to the account's orders and executions. @returns a function that closes the connection */
  async listen(): Promise<() => void> {
    const { accountId } = this.#journal;
    const headers = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const socket = new WebSocket(`${this.#baseUrl.replace("http", "ws")}/ws`, { headers });
    socket.on("error", () => {});
    socket.on("message", (data) => this.#record(JSON.parse(String(data))));
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "orders.subscribe", payload: { accountId } }));
    socket.send(JSON.stringify({ type: "executions.subscribe", payload: { accountId, symbol: null } }));
    return () => socket.terminate();
  }

  #record({ type, payload }: { type: string; payload: { payload: unknown } }): void {
    const update = payload.payload;
    if (type === "orders.update") {
      const order = update as PlacedOrder;
      this.#journal.orderUpdates.set(order.id, order);
    } else if (type === "executions.update") {
      const { symbol, price, qty, side, time } = update as Execution;
      this.#journal.executions.push(JSON.stringify([symbol, price, qty, side, time]));
    }
  }

  /** Runs one client: sends one request after the other, until one gets no reply. */
  async run(): Promise<void> {
    while (!this.#isStopped && (await this.#step())) this.#onDone();
  }

  /** Sends an order again. Throws if an acknowledged order gets another id. */
  async repeat(key: string): Promise<void> {
    if (!(await this.#place(key))) throw new Error(`No reply to ${key}`);
  }

  /** @returns whether there was a reply */
  #step(): Promise<boolean> {
    const { working } = this.#journal;
    const [oldest] = working;
    if (oldest !== undefined && (working.size > 50 || this.#random(5) === 0)) return this.#cancel(oldest);
    const key = `${this.#journal.accountId} ${this.#journal.sent.size}`;
    this.#journal.sent.set(key, this.#order());
    return this.#place(key);
  }

  #order(): SentOrder {
    const symbol = this.#symbols[this.#random(this.#symbols.length)] as string;
    const side = this.#random(2) === 0 ? 1 : -1;
    const kind = this.#random(10);
    // One in ten is invalid, and must not be stored.
    if (kind === 0) return { symbol, type: 2, side, qty: 0.5 };
    if (kind < 4) return { symbol, type: 1, side: 1, qty: 1 + this.#random(9), limitPrice: 1 };
    return { symbol, type: 2, side, qty: 1 + this.#random(9) };
  }

  async #place(key: string): Promise<boolean> {
    const { sent, acknowledged, rejected } = this.#journal;
    const order = sent.get(key) as SentOrder;
    const reply = await this.#request("POST", "orders", order, { "idempotency-key": key });
    if (reply === undefined) return false;
    const { orderId, code } = reply as { orderId?: string; code?: string };
    if (orderId === undefined) {
      if (!REJECTIONS.has(code ?? "")) throw new Error(`${key} got the reply ${JSON.stringify(reply)}`);
      rejected.add(key);
      return true;
    }
    const known = acknowledged.get(key) ?? orderId;
    if (known !== orderId) throw new Error(`${key} was acknowledged as ${known} and then as ${orderId}`);
    acknowledged.set(key, orderId);
    if (order.type === 1 && !this.#journal.cancelling.has(orderId)) this.#journal.working.add(orderId);
    return true;
  }

  async #cancel(id: string): Promise<boolean> {
    const { working, cancelling } = this.#journal;
    const isRepeated = cancelling.has(id);
    working.delete(id);
    cancelling.add(id);
    const key = this.#retries ? { "idempotency-key": `cancel ${id}` } : undefined;
    const reply = await this.#request("DELETE", `orders/${id}`, undefined, key);
    if (reply === undefined) {
      working.add(id);
      return false;
    }
    const isCancelled = isRepeated && (reply as { code?: string } | null)?.code === "not_working";
    if (reply !== null && !isCancelled) throw new Error(`Cancelling ${id} got the reply ${JSON.stringify(reply)}`);
    this.#journal.cancelled.add(id);
    return true;
  }

  async #request(method: string, path: string, body?: object, more?: Record<string, string>): Promise<unknown> {
    for (;;) {
      const reply = await this.#attempt(method, path, body, more);
      const { status, code } = (reply ?? {}) as { status?: number; code?: string };
      // A server that is too busy to renew its lease executes nothing in the meantime, and says so.
      const isRefused = status === 503 && NOTHING_CHANGED.has(code ?? "");
      if (!isRefused && (!this.#retries || (reply !== undefined && status !== 503))) return reply;
      this.retried++;
      // Without a pause, the requests would keep a core busy that the next server needs to start.
      await pause(RETRY_MS);
    }
  }

  /** @returns the reply, null if it is empty; undefined if the server was killed before the reply was complete */
  async #attempt(method: string, path: string, body?: object, more?: Record<string, string>): Promise<unknown> {
    const headers = {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
      ...more,
    };
    const url = `${this.#baseUrl}/broker/${path}?accountId=${encodeURIComponent(this.#journal.accountId)}`;
    try {
      const signal = this.#retries ? AbortSignal.timeout(LOST_AFTER_MS) : null;
      const reply = await fetch(url, { method, headers, signal, ...(body && { body: JSON.stringify(body) }) });
      const text = await reply.text();
      return text === "" ? null : JSON.parse(text);
    } catch {
      return undefined;
    }
  }
}

/**
 * The wait for a reply, after which a client repeats its request. A connection that the primary was passing to a worker when it was
 * killed gets none: `node:cluster` does not notice (docs/decisions/0028).
 */
export const LOST_AFTER_MS = 20_000;

const RETRY_MS = 20;

/** The error codes of requests that can be repeated. */
const NOTHING_CHANGED: ReadonlySet<string> = new Set(["store_unavailable", "too_busy"]);

/** The expected error codes of rejected orders. */
const REJECTIONS: ReadonlySet<string> = new Set(["invalid_qty", "not_enough_margin", "too_many_orders"]);

/** Returns a demo token for an account. */
export async function demoToken(baseUrl: string, accountId: string): Promise<string> {
  const reply = await fetch(`${baseUrl}/auth/demo-token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ accountId }),
  });
  return ((await reply.json()) as { token: string }).token;
}
