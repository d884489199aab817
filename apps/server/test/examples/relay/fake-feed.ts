import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { Book, HistoryRequest, Trade } from "../../../src/modules/datafeed/market-source.js";
import { barsOf } from "../../modules/datafeed/tape-source.js";

interface Command {
  readonly op: "subscribe" | "unsubscribe" | "history";
  readonly symbol: string;
}

/** A small upstream feed. It sends trades to the connections that are subscribed when they happen. */
export class FakeFeed {
  /** All trades, by symbol. */
  readonly tape = new Map<string, Trade[]>();
  /** All received commands, in order: `subscribe ACME`. */
  readonly commands: string[] = [];
  readonly subscribed = new Set<string>();
  /** The number of connection attempts, accepted or not. */
  attempts = 0;
  isDown = false;
  isMute = false;
  #server!: WebSocketServer;

  /** @param autoPong false: does not reply to pings, as a dead connection */
  static async start({ autoPong = true } = {}): Promise<FakeFeed> {
    const feed = new FakeFeed();
    feed.#server = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      autoPong,
      verifyClient: () => {
        feed.attempts++;
        return !feed.isDown;
      },
    });
    feed.#server.on("connection", (socket) => feed.#serve(socket));
    await once(feed.#server, "listening");
    onTestFinished(() => {
      feed.cut();
      feed.#server.close();
    });
    return feed;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#server.clients.size;
  }

  /** Adds trades of one moment, and sends them. */
  trade(symbol: string, trades: readonly Omit<Trade, "id">[], book?: Book): void {
    const before = this.tape.get(symbol) ?? [];
    const numbered = trades.map((trade, index) => ({ ...trade, id: `${before.length + index}` }));
    this.tape.set(symbol, [...before, ...numbered]);
    if (this.subscribed.has(symbol)) this.send({ type: "tick", symbol, trades: numbered, ...(book && { book }) });
  }

  send(message: object | string): void {
    for (const socket of this.#server.clients) {
      socket.send(typeof message === "string" ? message : JSON.stringify(message));
    }
  }

  cut(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  #serve(socket: WebSocket): void {
    socket.on("close", () => this.subscribed.clear());
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as Command & HistoryRequest & { readonly id: number };
      const { op, symbol, resolution, countBack, id } = message;
      this.commands.push(op === "history" ? `history ${symbol} ${resolution}` : `${op} ${symbol}`);
      if (op === "subscribe") this.subscribed.add(symbol);
      if (op === "unsubscribe") this.subscribed.delete(symbol);
      if (op !== "history" || this.isMute) return;
      const tape = this.tape.get(symbol) ?? [];
      const { to = Number.POSITIVE_INFINITY } = message;
      const bars = barsOf(tape, resolution).filter(({ time }) => time < to);
      const through = tape.at(-1)?.time ?? null;
      socket.send(JSON.stringify({ type: "history", id, bars: bars.slice(-countBack), through }));
    });
  }
}
