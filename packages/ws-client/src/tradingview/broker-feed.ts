import type { AccountState, Notification, QuoteData } from "@trading/topic";
import {
  account,
  brokerConnection,
  equity,
  executions,
  notifications,
  orders,
  positions,
  quotes,
  type RouteShape,
} from "@trading/topic/shapes";
import type { Client } from "../client.js";
import type { TopicListener } from "../subscriptions/listener.js";
import {
  type BrokerHost,
  CONNECTION_STATUS,
  type ConnectionStatus,
  NOTIFICATION_TYPE,
  type Order,
  type Position,
} from "./broker-types.js";
import { Profits } from "./profits.js";
import { soon } from "./soon.js";
import { Told } from "./told.js";

/** Cancelled, filled, rejected. */
const FINISHED: ReadonlySet<number> = new Set([1, 2, 5]);

/** What a change of nothing else leaves as it was: the library then updates its tables, and announces nothing. */
const FOR_TABLES: ReadonlySet<string> = new Set(["updateTime"]);

export interface BrokerFeedOptions {
  readonly accountId: string;
  readonly plUpdates: boolean;
  readonly onAccount: (state: AccountState) => void;
  readonly onEquity: (balance: number, equity: number) => void;
  readonly onError: (error: unknown) => void;
}

/** The streams of one account, as calls of the host. */
export class BrokerFeed {
  readonly orders = new Told<Order>(({ status }) => FINISHED.has(status));
  readonly positions = new Told<Position>(({ qty }) => qty === 0);
  readonly #client: Client;
  readonly #host: BrokerHost;
  readonly #options: BrokerFeedOptions;
  readonly #stop: () => void;
  readonly #stops: (() => void)[] = [];
  readonly #realtime = new Map<string, () => void>();
  readonly #profits: Profits;
  /** What the broker said last of its connection to its market. */
  #broker: { readonly status: number; readonly message?: string | undefined } | undefined;
  #isLive = false;
  #refusal: string | undefined;
  #told: ConnectionStatus | undefined;

  constructor(client: Client, host: BrokerHost, options: BrokerFeedOptions) {
    this.#client = client;
    this.#host = host;
    this.#options = options;
    this.#profits = new Profits({
      watch: (symbol, onQuote) => this.#watch(symbol, onQuote),
      tell: (id, profit) => host.plUpdate(id, profit),
    });
    // The host may not be ready to be called while it makes its broker.
    this.#stop = soon(() => {
      this.#start();
      return () => {
        for (const stop of this.#stops) stop();
      };
    }, options.onError);
  }

  /** The client's connection, and behind it the broker's. */
  get connection(): { readonly status: ConnectionStatus; readonly message?: string } {
    const { status, reason } = this.#client.state;
    if (status === "closed") return { status: CONNECTION_STATUS.disconnected, message: reason };
    if (status === "connecting") return { status: CONNECTION_STATUS.connecting, message: reason };
    if (this.#refusal !== undefined) return { status: CONNECTION_STATUS.error, message: this.#refusal };
    if (!this.#isLive) return { status: CONNECTION_STATUS.connecting };
    // A broker that says nothing of its connection has said nothing against it.
    if (this.#broker === undefined) return { status: CONNECTION_STATUS.connected };
    const { message } = this.#broker;
    return { status: statusOf(this.#broker.status), ...(message !== undefined && { message }) };
  }

  /** A position that was loaded, of which the stream may never tell. */
  loaded(position: Position): void {
    if (this.#options.plUpdates) this.#profits.set(position);
  }

  subscribeRealtime(symbol: string): void {
    this.unsubscribeRealtime(symbol);
    const stop = this.#watch(symbol, ({ s, v }) => {
      if (s === "ok") this.#host.realtimeUpdate(symbol, { trade: v.lp, bid: v.bid, ask: v.ask, spread: v.spread });
    });
    this.#realtime.set(symbol, stop);
  }

  unsubscribeRealtime(symbol: string): void {
    this.#realtime.get(symbol)?.();
    this.#realtime.delete(symbol);
  }

  destroy(): void {
    this.#stop();
    for (const symbol of this.#realtime.keys()) this.unsubscribeRealtime(symbol);
    this.#profits.clear();
  }

  #start(): void {
    const host = this.#host;
    const { onAccount, onEquity, plUpdates, accountId } = this.#options;
    this.#stops.push(this.#client.onState(() => this.#tellConnection()));
    this.#listen(brokerConnection, {
      onUpdate: (update) => {
        this.#broker = update;
        this.#tellConnection();
      },
      onStatus: ({ state, error }) => {
        this.#isLive = state === "live";
        this.#refusal = error?.message;
        this.#tellConnection();
      },
      // What was known is of another run, even where no state follows.
      onGap: () => {
        this.#broker = undefined;
      },
    });
    this.#listen(orders, {
      onUpdate: (update, { snapshot }) => this.#order(update as Order, snapshot),
      onGap: () => {
        this.orders.forget();
        host.ordersFullUpdate();
      },
    });
    this.#listen(positions, {
      onUpdate: (update, { snapshot }) => {
        if (this.positions.changes(update, snapshot).length > 0) host.positionUpdate({ ...update });
        if (plUpdates) this.#profits.set(update);
      },
      onGap: () => {
        this.positions.forget();
        this.#profits.clear();
        host.positionsFullUpdate();
      },
    });
    this.#listen(equity, {
      onUpdate: (update) => {
        host.equityUpdate(update.equity);
        onEquity(update.balance, update.equity);
      },
    });
    this.#listen(account, { onUpdate: onAccount });
    this.#listen(notifications, { onUpdate: (update) => this.#notify(update) });
    const ofAll = { accountId, symbol: null };
    const fills = this.#client.subscribe(executions, ofAll, {
      onUpdate: (update) => host.executionUpdate({ ...update }),
      // The host has no call for executions alone.
      onGap: () => host.currentAccountUpdate(),
    });
    this.#stops.push(fills);
  }

  #listen<Update>(route: RouteShape<{ accountId: string }, Update>, listener: TopicListener<Update>): void {
    const { accountId } = this.#options;
    this.#stops.push(this.#client.subscribe(route, { accountId }, listener));
  }

  #order(order: Order, isState: boolean): void {
    const changes = this.orders.changes(order, isState);
    if (changes.length === 0) return;
    const changed = Object.fromEntries(changes.map((member) => [member, order[member]]));
    if (changes.every((member) => FOR_TABLES.has(member))) this.#host.orderPartialUpdate(order.id, changed);
    else this.#host.orderUpdate({ ...order });
  }

  #notify({ severity, title, message }: Notification): void {
    const isGood = severity === "info" || severity === "success";
    this.#host.showNotification(title, message, isGood ? NOTIFICATION_TYPE.success : NOTIFICATION_TYPE.error);
  }

  #tellConnection(): void {
    const { status, message } = this.connection;
    if (status === this.#told) return;
    this.#told = status;
    this.#host.connectionStatusUpdate(status, message === undefined ? {} : { message });
  }

  #watch(symbol: string, onQuote: (quote: QuoteData) => void): () => void {
    const params = { symbols: [], fast_symbols: [symbol] };
    return soon(() => this.#client.subscribe(quotes, params, onQuote), this.#options.onError);
  }
}

/** The route's status is the library's. A server of the origin has 0 for disconnected. */
function statusOf(status: number): ConnectionStatus {
  const known = Object.values(CONNECTION_STATUS).find((value) => value === status);
  return known ?? (status === 0 ? CONNECTION_STATUS.disconnected : CONNECTION_STATUS.error);
}
