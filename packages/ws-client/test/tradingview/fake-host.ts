import type { Broker, BrokerHost, ConnectionStatus, Execution, Order, Position } from "../../src/tradingview/index.js";

/** A figure of the account manager. */
class WatchedValue {
  current: number;

  constructor(value: number) {
    this.current = value;
  }

  setValue(value: number): void {
    this.current = value;
  }
}

/** The library's trading host, which keeps what it is told as the library does and holds the broker to its rules. */
export class FakeHost implements BrokerHost {
  readonly factory = {
    createWatchedValue: (value: number): WatchedValue => {
      const watched = new WatchedValue(value);
      this.figures.push(watched);
      return watched;
    },
  };
  readonly figures: WatchedValue[] = [];
  readonly orders = new Map<string, Order>();
  readonly positions = new Map<string, Position>();
  readonly executions: Execution[] = [];
  /** The calls, in their order. */
  readonly calls: string[] = [];
  readonly violations: string[] = [];
  #broker: Broker | undefined;
  #isReady = false;
  #isGone = false;

  /** The host has its broker, and loads what it shows. */
  connect(broker: Broker): void {
    this.#broker = broker;
    this.#isReady = true;
  }

  disconnect(): void {
    this.#isGone = true;
  }

  async loadOrders(): Promise<void> {
    const orders = await this.#broker!.orders();
    this.orders.clear();
    for (const order of orders) this.orders.set(order.id, order);
  }

  async loadPositions(): Promise<void> {
    const positions = await this.#broker!.positions();
    this.positions.clear();
    for (const position of positions) this.positions.set(position.id, position);
  }

  orderUpdate(order: Order): void {
    this.#called(`orderUpdate ${order.id} ${order.status}`);
    this.orders.set(order.id, order);
  }

  orderPartialUpdate(id: string, changes: Partial<Order>): void {
    this.#called(`orderPartialUpdate ${id} ${JSON.stringify(changes)}`);
    const order = this.orders.get(id);
    if (order === undefined) this.#broken(`orderPartialUpdate of ${id}, which is not known`);
    else this.orders.set(id, { ...order, ...changes });
  }

  ordersFullUpdate(): void {
    this.#called("ordersFullUpdate");
    this.orders.clear();
    void this.loadOrders();
  }

  positionUpdate(position: Position): void {
    this.#called(`positionUpdate ${position.id} ${position.qty}`);
    if (position.qty === 0) this.positions.delete(position.id);
    else this.positions.set(position.id, position);
  }

  positionsFullUpdate(): void {
    this.#called("positionsFullUpdate");
    this.positions.clear();
    void this.loadPositions();
  }

  plUpdate(id: string, pl: number): void {
    this.#called(`plUpdate ${id} ${pl}`);
  }

  executionUpdate(execution: Execution): void {
    this.#called(`executionUpdate ${execution.symbol} ${execution.price}`);
    this.executions.push(execution);
  }

  equityUpdate(equity: number): void {
    this.#called(`equityUpdate ${equity}`);
  }

  realtimeUpdate(symbol: string, quotes: object): void {
    this.#called(`realtimeUpdate ${symbol} ${JSON.stringify(quotes)}`);
  }

  connectionStatusUpdate(status: ConnectionStatus, { message }: { message?: string } = {}): void {
    if (![1, 2, 3, 4].includes(status)) this.#broken(`there is no connection status ${status}`);
    this.#called(`connection ${status}${message === undefined ? "" : ` ${message}`}`);
  }

  currentAccountUpdate(): void {
    this.#called("currentAccountUpdate");
  }

  showNotification(title: string, text: string, type?: number): void {
    this.#called(`showNotification ${title}: ${text} (${type})`);
  }

  async defaultContextMenuActions(context: string): Promise<string[]> {
    return [`Buy ${context}`];
  }

  /** The calls of one kind, without their name. */
  told(name: string): string[] {
    return this.calls.filter((call) => call.startsWith(name)).map((call) => call.slice(name.length + 1));
  }

  #called(call: string): void {
    this.calls.push(call);
    if (!this.#isReady) this.#broken(`${call}, before the host had its broker`);
    if (this.#isGone) this.#broken(`${call}, after destroy`);
  }

  #broken(rule: string): void {
    this.violations.push(rule);
  }
}
