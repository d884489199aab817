import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import type { Book, HistoryRequest, Trade } from "../../../src/modules/datafeed/market-source.js";
import { barsOf } from "../../modules/datafeed/tape-source.js";

interface Asked {
  readonly op: "subscribe" | "unsubscribe" | "history";
  readonly symbol: string;
}

/** A small upstream feed: trades that happen, and are told to whoever is subscribed and connected then. */
export class FakeFeed {
  /** What has happened, by symbol. */
  readonly tape = new Map<string, Trade[]>();
  /** Everything that was asked, in order: `subscribe ACME`. */
  readonly asked: string[] = [];
  readonly subscribed = new Set<string>();
  /** Connections that were asked for, let in or not. */
  attempts = 0;
  isDown = false;
  isMute = false;
  #server!: WebSocketServer;

  /** @param autoPong false: a line that says nothing by itself */
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

  /** Trades are made at one moment, and told. */
  trade(symbol: string, trades: readonly Omit<Trade, "id">[], book?: Book): void {
    const before = this.tape.get(symbol) ?? [];
    const made = trades.map((trade, index) => ({ ...trade, id: `${before.length + index}` }));
    this.tape.set(symbol, [...before, ...made]);
    if (this.subscribed.has(symbol)) this.say({ type: "tick", symbol, trades: made, ...(book && { book }) });
  }

  say(message: object | string): void {
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
      const message = JSON.parse(String(data)) as Asked & HistoryRequest & { readonly id: number };
      const { op, symbol, resolution, countBack, id } = message;
      this.asked.push(op === "history" ? `history ${symbol} ${resolution}` : `${op} ${symbol}`);
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
