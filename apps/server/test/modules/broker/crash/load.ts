import { once } from "node:events";
import type { Execution, PlacedOrder } from "@trading/topic";
import { WebSocket } from "ws";
import type { Journal, Sent } from "./journal.js";

/** Chance that a seed repeats. */
export type Chance = (below: number) => number;

/** Orders of one account, by several clients at a time, until the server dies; what happens goes into the journal. */
export class Load {
  readonly #journal: Journal;
  readonly #baseUrl: string;
  readonly #chance: Chance;
  readonly #token: string | undefined;
  readonly #onDone: () => void;
  /** Ids of limit orders that work. */
  readonly #working: string[] = [];

  /**
   * @param token undefined where the account is open to anyone
   * @param onDone called when a request was answered
   */
  constructor(journal: Journal, baseUrl: string, chance: Chance, token: string | undefined, onDone: () => void) {
    this.#journal = journal;
    this.#baseUrl = baseUrl;
    this.#chance = chance;
    this.#token = token;
    this.#onDone = onDone;
  }

  /** Listens to the account's orders and executions. @returns ends when the connection does */
  async listen(): Promise<() => void> {
    const { accountId } = this.#journal;
    const headers = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const socket = new WebSocket(`${this.#baseUrl.replace("http", "ws")}/ws`, { headers });
    socket.on("error", () => {});
    socket.on("message", (data) => this.#hear(JSON.parse(String(data))));
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "orders.subscribe", payload: { accountId } }));
    socket.send(JSON.stringify({ type: "executions.subscribe", payload: { accountId, symbol: null } }));
    return () => socket.terminate();
  }

  #hear({ type, payload }: { type: string; payload: { payload: unknown } }): void {
    const update = payload.payload;
    if (type === "orders.update") {
      const order = update as PlacedOrder;
      this.#journal.told.set(order.id, order);
    } else if (type === "executions.update") {
      const { symbol, price, qty, side, time } = update as Execution;
      this.#journal.executions.push(JSON.stringify([symbol, price, qty, side, time]));
    }
  }

  /** One client: one request after the other, until one is not answered. */
  async run(): Promise<void> {
    while (await this.#step()) this.#onDone();
  }

  /** Sends an order again of which nobody knows whether it was placed; one that was acknowledged has to get its id. */
  async repeat(key: string): Promise<void> {
    if (!(await this.#place(key))) throw new Error(`No reply to ${key}`);
  }

  /** @returns whether it was answered */
  #step(): Promise<boolean> {
    const [working] = this.#working;
    if (this.#working.length > 50 || (working !== undefined && this.#chance(5) === 0)) return this.#cancel();
    const key = `${this.#journal.accountId} ${this.#journal.sent.size}`;
    this.#journal.sent.set(key, this.#order());
    return this.#place(key);
  }

  #order(): Sent {
    const symbol = ["AAPL", "MSFT", "TSLA"][this.#chance(3)] as string;
    const side = this.#chance(2) === 0 ? 1 : -1;
    const kind = this.#chance(10);
    // One in ten makes no sense, and has to leave nothing behind.
    if (kind === 0) return { symbol, type: 2, side, qty: 0.5 };
    if (kind < 4) return { symbol, type: 1, side: 1, qty: 1 + this.#chance(9), limitPrice: 1 };
    return { symbol, type: 2, side, qty: 1 + this.#chance(9) };
  }

  async #place(key: string): Promise<boolean> {
    const { sent, acknowledged, refused } = this.#journal;
    const order = sent.get(key) as Sent;
    const reply = await this.#ask("POST", "orders", order, { "idempotency-key": key });
    if (reply === undefined) return false;
    const { orderId, code } = reply as { orderId?: string; code?: string };
    if (orderId === undefined) {
      if (!REFUSALS.has(code ?? "")) throw new Error(`${key} was answered with ${JSON.stringify(reply)}`);
      refused.add(key);
      return true;
    }
    const known = acknowledged.get(key) ?? orderId;
    if (known !== orderId) throw new Error(`${key} was acknowledged as ${known} and then as ${orderId}`);
    acknowledged.set(key, orderId);
    if (order.type === 1 && !this.#journal.cancelling.has(orderId)) this.#working.push(orderId);
    return true;
  }

  async #cancel(): Promise<boolean> {
    const id = this.#working.shift() as string;
    this.#journal.cancelling.add(id);
    const reply = await this.#ask("DELETE", `orders/${id}`);
    if (reply === undefined) return false;
    if (reply !== null) throw new Error(`The cancel of ${id} was answered with ${JSON.stringify(reply)}`);
    this.#journal.cancelled.add(id);
    return true;
  }

  /** @returns the reply, null where it is empty; undefined where the server died before it was whole */
  async #ask(method: string, path: string, body?: object, more?: Record<string, string>): Promise<unknown> {
    const headers = {
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
      ...more,
    };
    const url = `${this.#baseUrl}/broker/${path}?accountId=${encodeURIComponent(this.#journal.accountId)}`;
    try {
      const reply = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      const text = await reply.text();
      return text === "" ? null : JSON.parse(text);
    } catch {
      return undefined;
    }
  }
}

/** What an order of this load may be refused with. */
const REFUSALS: ReadonlySet<string> = new Set(["invalid_qty", "not_enough_margin", "too_many_orders"]);
