import type { AccountState, Notification } from "@trading/topic";
import {
  account,
  brokerConnection,
  equity,
  executions,
  isFinished,
  notifications,
  orders,
  positions,
  type RouteShape,
} from "@trading/topic/shapes";
import type { Client } from "../client.js";
import type { Order, Position } from "../rest/trading.js";
import type { TopicListener } from "../subscriptions/listener.js";
import type { Clock } from "../timers.js";
import { type BrokerHost, CONNECTION_STATUS, type ConnectionStatus, NOTIFICATION_TYPE } from "./broker-types.js";
import { Profits } from "./profits.js";
import { ReconciledList } from "./reconciled-list.js";
import { startInMicrotask } from "./start-in-microtask.js";
import { subscribeQuote } from "./subscribe-quote.js";

/** Members whose change alone is not announced to the user: the library then only updates its tables. */
const SILENT_MEMBERS: ReadonlySet<string> = new Set(["updateTime"]);

export interface BrokerFeedOptions {
  readonly accountId: string;
  readonly plUpdates: boolean;
  readonly onAccount: (state: AccountState) => void;
  readonly onEquity: (balance: number, equity: number) => void;
  /** The figures so far belong to a user who has logged out. */
  readonly onReset: () => void;
  readonly onError: (error: unknown) => void;
  readonly clock: Pick<Clock, "monotonic">;
}

/** Subscribes to the topics of one account and calls the host for every change. */
export class BrokerFeed {
  readonly orders = new ReconciledList<Order>((order) => isFinished(orders, order));
  readonly positions = new ReconciledList<Position>((position) => isFinished(positions, position));
  readonly #client: Client;
  readonly #host: BrokerHost;
  readonly #options: BrokerFeedOptions;
  readonly #stop: () => void;
  readonly #stops: (() => void)[] = [];
  readonly #profits: Profits;
  /** The last update of `broker-connection`. */
  #broker: { readonly status: number; readonly message?: string | undefined } | undefined;
  #isLive = false;
  #refusal: string | undefined;
  #reportedStatus: ConnectionStatus | undefined;
  #isDestroyed = false;

  constructor(client: Client, host: BrokerHost, options: BrokerFeedOptions) {
    this.#client = client;
    this.#host = host;
    this.#options = options;
    this.#profits = new Profits({
      subscribe: (symbol, onQuote) => subscribeQuote(client, symbol, onQuote, options.onError),
      onProfit: (id, profit) => host.plUpdate(id, profit),
      clock: options.clock,
    });
    // The host may not accept calls while it is constructing its broker.
    this.#stop = startInMicrotask(() => {
      this.#start();
      return () => {
        for (const stop of this.#stops) stop();
      };
    }, options.onError);
  }

  /** The status of the client's connection, or of the broker's once the client is connected. */
  get connection(): { readonly status: ConnectionStatus; readonly message?: string } {
    const { status, reason } = this.#client.state;
    if (status === "closed" || status === "disconnected")
      return { status: CONNECTION_STATUS.disconnected, message: reason };
    if (status === "connecting") return { status: CONNECTION_STATUS.connecting, message: reason };
    if (this.#refusal !== undefined) return { status: CONNECTION_STATUS.error, message: this.#refusal };
    if (!this.#isLive) return { status: CONNECTION_STATUS.connecting };
    // Not every broker publishes its connection status.
    if (this.#broker === undefined) return { status: CONNECTION_STATUS.connected };
    const { message } = this.#broker;
    return { status: statusOf(this.#broker.status), ...(message !== undefined && { message }) };
  }

  /** Starts the profit updates of a loaded position, which the stream may never send. */
  positionLoaded(position: Position): void {
    if (this.#options.plUpdates && !this.#isDestroyed) this.#profits.set(position);
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#stop();
    this.#profits.clear();
  }

  #start(): void {
    const host = this.#host;
    const { onAccount, onEquity, onReset, plUpdates, accountId } = this.#options;
    this.#stops.push(this.#client.onState(() => this.#reportConnection()));
    const forgetBroker = () => {
      this.#broker = undefined;
    };
    const forgetOrders = () => {
      this.orders.forget();
      host.ordersFullUpdate();
    };
    const forgetPositions = () => {
      this.positions.forget();
      this.#profits.clear();
      host.positionsFullUpdate();
    };
    this.#listen(brokerConnection, {
      onUpdate: (update) => {
        this.#broker = update;
        this.#reportConnection();
      },
      onStatus: ({ state, error }) => {
        this.#isLive = state === "live";
        this.#refusal = error?.message;
        this.#reportConnection();
      },
      // The last status is outdated, even if no snapshot follows.
      onGap: forgetBroker,
      onReset: forgetBroker,
    });
    this.#listen(orders, {
      onUpdate: (update, { snapshot }) => this.#order(update as Order, snapshot),
      onEvict: (update) => this.orders.remove(update as Order),
      onGap: forgetOrders,
      onReset: forgetOrders,
    });
    this.#listen(positions, {
      onUpdate: (update, { snapshot }) => {
        if (this.positions.changes(update, snapshot).length > 0) host.positionUpdate({ ...update });
        if (plUpdates) this.#profits.set(update);
      },
      onEvict: (update) => {
        this.positions.remove(update);
        this.#profits.remove(update);
      },
      onGap: forgetPositions,
      onReset: forgetPositions,
    });
    this.#listen(equity, { onUpdate: (update) => onEquity(update.balance, update.equity), onReset });
    this.#listen(account, { onUpdate: onAccount });
    this.#listen(notifications, { onUpdate: (update) => this.#notify(update) });
    const allSymbols = { accountId, symbol: null };
    const fills = this.#client.subscribe(executions, allSymbols, {
      onUpdate: (update) => host.executionUpdate({ ...update }),
      // The host has no call to reload executions only.
      onGap: () => host.currentAccountUpdate(),
      onReset: () => host.currentAccountUpdate(),
    });
    this.#stops.push(fills);
  }

  #listen<Update>(route: RouteShape<{ accountId: string }, Update>, listener: TopicListener<Update>): void {
    const { accountId } = this.#options;
    this.#stops.push(this.#client.subscribe(route, { accountId }, listener));
  }

  #order(order: Order, isSnapshot: boolean): void {
    const changes = this.orders.changes(order, isSnapshot);
    if (changes.length === 0) return;
    const changed = Object.fromEntries(changes.map((member) => [member, order[member]]));
    if (changes.every((member) => SILENT_MEMBERS.has(member))) this.#host.orderPartialUpdate(order.id, changed);
    else this.#host.orderUpdate({ ...order });
  }

  #notify({ severity, title, message }: Notification): void {
    const isSuccess = severity === "info" || severity === "success";
    this.#host.showNotification(title, message, isSuccess ? NOTIFICATION_TYPE.success : NOTIFICATION_TYPE.error);
  }

  #reportConnection(): void {
    const { status, message } = this.connection;
    if (status === this.#reportedStatus) return;
    this.#reportedStatus = status;
    this.#host.connectionStatusUpdate(status, message === undefined ? {} : { message });
  }
}

/** Maps the route's status, which uses the library's codes. A legacy server sends 0 for disconnected. */
function statusOf(status: number): ConnectionStatus {
  const known = Object.values(CONNECTION_STATUS).find((value) => value === status);
  return known ?? (status === 0 ? CONNECTION_STATUS.disconnected : CONNECTION_STATUS.error);
}
