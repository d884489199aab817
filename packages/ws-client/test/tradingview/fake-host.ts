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

/** Simulates the library's trading host, and checks that the broker follows the library's rules. */
export class FakeHost implements BrokerHost {
  readonly factory = {
    createWatchedValue: (value: number): WatchedValue => {
      const figure = new WatchedValue(value);
      this.figures.push(figure);
      return figure;
    },
  };
  readonly figures: WatchedValue[] = [];
  readonly orders = new Map<string, Order>();
  readonly positions = new Map<string, Position>();
  readonly executions: Execution[] = [];
  /** All calls, in order. */
  readonly calls: string[] = [];
  readonly violations: string[] = [];
  #broker: Broker | undefined;
  #isReady = false;
  #isDestroyed = false;

  /** Gives the host its broker, after which the broker can call it. */
  connect(broker: Broker): void {
    this.#broker = broker;
    this.#isReady = true;
  }

  disconnect(): void {
    this.#isDestroyed = true;
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
    if (order === undefined) this.#violate(`orderPartialUpdate of ${id}, which is unknown`);
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

  marginAvailableUpdate(marginAvailable: number): void {
    this.#called(`marginAvailableUpdate ${marginAvailable}`);
  }

  pipValueUpdate(symbol: string, pipValues: object): void {
    this.#called(`pipValueUpdate ${symbol} ${JSON.stringify(pipValues)}`);
  }

  async defaultFormatter(symbol: string, alignToMinMove: boolean): Promise<string> {
    return `${symbol} ${alignToMinMove}`;
  }

  realtimeUpdate(symbol: string, quotes: object): void {
    this.#called(`realtimeUpdate ${symbol} ${JSON.stringify(quotes)}`);
  }

  connectionStatusUpdate(status: ConnectionStatus, { message }: { message?: string } = {}): void {
    if (![1, 2, 3, 4].includes(status)) this.#violate(`unknown connection status ${status}`);
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

  /** Returns the arguments of all calls of one method. */
  callsOf(name: string): string[] {
    return this.calls.filter((call) => call.startsWith(name)).map((call) => call.slice(name.length + 1));
  }

  #called(call: string): void {
    this.calls.push(call);
    if (!this.#isReady) this.#violate(`${call}, before the host had its broker`);
    if (this.#isDestroyed) this.#violate(`${call}, after destroy`);
  }

  #violate(rule: string): void {
    this.violations.push(rule);
  }
}
