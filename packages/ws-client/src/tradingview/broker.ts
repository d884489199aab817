import type { AccountState } from "@trading/topic";
import { isFinished, orders as ordersRoute } from "@trading/topic/shapes";
import type { Client } from "../client.js";
import type { Rest } from "../rest/create-rest.js";
import type { BrokerRest, DatafeedRest } from "../rest/rest.js";
import type { LibrarySymbolInfo } from "../rest/symbols.js";
import { type Clock, systemClock } from "../timers.js";
import { AccountFigures } from "./account-figures.js";
import { accountManager } from "./account-manager.js";
import { Allowance } from "./allowance.js";
import { BrokerFeed } from "./broker-feed.js";
import type { Broker, BrokerHost, QuantityLimits, SymbolTradingOptions } from "./broker-types.js";
import { TicketQuotes } from "./ticket-quotes.js";

export interface BrokerOptions<Id extends string = string> {
  /** The account to display and trade on first. */
  readonly accountId: Id;
  /** The accounts that the user can choose among. @default only `accountId` */
  readonly accounts?: readonly Id[];
  /** The title of the account manager. @default the account id */
  readonly title?: string;
  /**
   * Whether to subscribe to the quotes of open positions and send their unrealized profit to the host, in the symbol's
   * currency at a point value of 1. Must have the value of the widget's config flag supportPLUpdate.
   * @default true
   */
  readonly plUpdates?: boolean;
  /** Returns the valid quantities of an order. @default from one step of `volume_precision` to 1e9 */
  readonly quantityLimits?: (info: LibrarySymbolInfo) => QuantityLimits;
  /** Returns the order types and durations that a symbol allows. @default all of them */
  readonly tradingOptions?: (info: LibrarySymbolInfo) => SymbolTradingOptions;
  /** Receives errors that the host has no call for. @default console.error */
  readonly onError?: (error: unknown) => void;
  /** Time for the limits on reactions to the server's updates. @default the platform's */
  readonly clock?: Pick<Clock, "monotonic">;
}

/** The reloads of the account that are allowed immediately, and the time in which one more is: the host sends many requests. */
const MAX_RELOADS = 5;
const RELOAD_INTERVAL_MS = 5_000;

/**
 * Creates a broker for the charting library. It serves the library's requests over REST and calls the host for every change
 * on the account's topics. The caller keeps ownership of the client, which needs a `getToken` with access to the account.
 *
 * After a gap the host reloads orders and positions, or the whole account if executions may be missing.
 */
export function createBroker<Host extends BrokerHost, const Id extends string = string>(
  client: Client,
  rest: BrokerRest & Pick<DatafeedRest, "resolve"> & Partial<Pick<Rest, "session">>,
  host: Host,
  options: BrokerOptions<Id>,
): Broker<Id, Host> {
  const {
    title,
    plUpdates = true,
    quantityLimits = wholeSteps,
    tradingOptions = () => ({}),
    onError = (error) => console.error(error),
    clock = systemClock,
  } = options;
  const accounts = [...new Set([options.accountId, ...(options.accounts ?? [])])];
  const reloads = new Allowance(clock, MAX_RELOADS, RELOAD_INTERVAL_MS);
  const figures = new AccountFigures(host);
  const ticketQuotes = new TicketQuotes(client, host, onError);
  /** The symbols whose pip value the host has subscribed to. */
  const pipSymbols = new Set<string>();
  const ended = new AbortController();
  const { signal } = ended;
  let accountId = options.accountId;
  /** The account properties that the host displays. */
  let displayed: Pick<AccountState, "name" | "currency"> | undefined;
  const openFeed = () =>
    new BrokerFeed(client, host, {
      accountId,
      plUpdates,
      clock,
      onAccount: ({ name, currency, marginAvailable }) => {
        figures.marginChanged(marginAvailable);
        const isChanged = displayed !== undefined && (displayed.name !== name || displayed.currency !== currency);
        // A change that is not displayed now is displayed with one of the next updates.
        if (!isChanged || !reloads.take()) return;
        displayed = { name, currency };
        host.currentAccountUpdate();
      },
      onEquity: (balance, equity) => figures.equityChanged(balance, equity),
      onReset: () => figures.forget(),
      onError,
    });
  let feed = openFeed();
  /** Cached, because the library requests the same symbol many times. */
  const symbols = new Map<string, Promise<LibrarySymbolInfo>>();
  const resolve = (symbol: string) => {
    const known = symbols.get(symbol) ?? rest.resolve(symbol, signal);
    symbols.set(symbol, known);
    known.catch(() => symbols.delete(symbol));
    return known;
  };

  /** Returns the account's name and currency. An account that cannot be read is reported, and left out. */
  async function metainfoOf(id: Id) {
    try {
      const { name, currency } = await rest.account(id, signal);
      if (id === accountId) displayed = { name, currency };
      return { id, name, currency };
    } catch (error) {
      if (id === accountId) throw error;
      onError(error);
      return undefined;
    }
  }

  return {
    orders: () => feed.orders.load(() => rest.orders(accountId, signal)),
    async ordersHistory() {
      const all = await rest.orders(accountId, signal);
      return all.filter((order) => isFinished(ordersRoute, order));
    },
    async positions() {
      // The user can choose another account during the request.
      const loading = feed;
      const known = await loading.positions.load(() => rest.positions(accountId, signal));
      const open = known.filter(({ qty }) => qty > 0);
      for (const position of open) loading.positionLoaded(position);
      return open;
    },
    executions: (symbol) => rest.executions(accountId, symbol, signal),
    placeOrder: (order, confirmId) => rest.placeOrder(accountId, confirmed(order, confirmId)),
    previewOrder: (order) => rest.previewOrder(accountId, order, signal),
    modifyOrder: (order, confirmId) => rest.modifyOrder(accountId, confirmed(order, confirmId)),
    cancelOrder: (orderId) => rest.cancelOrder(accountId, orderId),
    async cancelOrders(_symbol, _side, orderIds) {
      const cancelling = orderIds.map((id) => rest.cancelOrder(accountId, id));
      const failures = (await Promise.allSettled(cancelling)).flatMap((result, index) =>
        result.status === "rejected" ? [`${orderIds[index]}: ${messageOf(result.reason)}`] : [],
      );
      if (failures.length === 0) return;
      throw new Error(`${failures.length} of ${orderIds.length} orders were not cancelled: ${failures.join("; ")}`);
    },
    async reversePosition(positionId) {
      const of = accountId;
      // The order must not be placed for the next user, with the quantity of this one's position.
      const routes = rest.session?.() ?? rest;
      const position = (await routes.positions(of, signal)).find(({ id }) => id === positionId);
      if (position === undefined || position.qty === 0) throw new Error(`The position ${positionId} is not open`);
      const { symbol, side, qty } = position;
      await routes.placeOrder(of, { symbol, type: 2, side: side === 1 ? -1 : 1, qty: 2 * qty });
    },
    closePosition: (positionId, amount) => rest.closePosition(accountId, positionId, amount),
    editPositionBrackets: (positionId, brackets) => rest.editPositionBrackets(accountId, positionId, brackets),
    leverageInfo: (params) => rest.leverageInfo(accountId, params, signal),
    setLeverage: (params) => rest.setLeverage(accountId, params),
    previewLeverage: (params) => rest.previewLeverage(accountId, params, signal),
    async accountsMetainfo() {
      const found = await Promise.all(accounts.map(metainfoOf));
      return found.filter((account) => account !== undefined);
    },
    currentAccount: () => accountId,
    setCurrentAccount(id) {
      if (!accounts.includes(id)) throw new Error(`Unknown account ${id}: expected one of ${accounts.join(", ")}`);
      if (id === accountId) return;
      accountId = id;
      displayed = undefined;
      figures.forget();
      feed.destroy();
      feed = openFeed();
      host.currentAccountUpdate();
    },
    connectionStatus: () => feed.connection.status,
    async isTradable(symbol) {
      try {
        await resolve(symbol);
        return true;
      } catch (error) {
        return { tradable: false, reason: messageOf(error) };
      }
    },
    async symbolInfo(symbol) {
      const info = await resolve(symbol);
      const minTick = minTickOf(info);
      const { description, currency_code: currency } = info;
      const qty = quantityLimits(info);
      return { qty, minTick, pipSize: minTick, pipValue: minTick, description, ...(currency && { currency }) };
    },
    getSymbolSpecificTradingOptions: async (symbol) => tradingOptions(await resolve(symbol)),
    formatter: ((symbol, alignToMinMove) => host.defaultFormatter(symbol, alignToMinMove)) as Host["defaultFormatter"],
    accountManagerInfo: () => accountManager(title ?? accountId, figures),
    chartContextMenuActions: (context, menu) => host.defaultContextMenuActions(context, menu),
    subscribeRealtime: (symbol) => ticketQuotes.subscribe(symbol),
    unsubscribeRealtime: (symbol) => ticketQuotes.unsubscribe(symbol),
    subscribeEquity: () => figures.subscribeEquity(),
    unsubscribeEquity() {},
    subscribeMarginAvailable: () => figures.subscribeMargin(),
    unsubscribeMarginAvailable: () => figures.unsubscribeMargin(),
    subscribePipValue(symbol) {
      pipSymbols.add(symbol);
      resolve(symbol).then((info) => {
        if (!pipSymbols.has(symbol) || signal.aborted) return;
        const pip = minTickOf(info);
        host.pipValueUpdate(symbol, { buyPipValue: pip, sellPipValue: pip });
      }, onError);
    },
    unsubscribePipValue: (symbol) => void pipSymbols.delete(symbol),
    destroy() {
      ended.abort();
      feed.destroy();
      figures.destroy();
      ticketQuotes.destroy();
    },
  };
}

function minTickOf({ minmov, pricescale }: LibrarySymbolInfo): number {
  return minmov / pricescale;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function wholeSteps({ volume_precision: places = 0 }: LibrarySymbolInfo): QuantityLimits {
  const step = 10 ** -places;
  return { min: step, max: 1e9, step };
}

function confirmed<Sent>(order: Sent, confirmId: string | undefined): Sent & { readonly confirmId?: string } {
  return { ...order, ...(confirmId !== undefined && { confirmId }) };
}
