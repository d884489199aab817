import type { AccountState } from "@trading/topic";
import type { Client } from "../client.js";
import type { BrokerRest, DatafeedRest } from "../rest/rest.js";
import type { LibrarySymbolInfo } from "../rest/symbols.js";
import { type Clock, systemClock } from "../timers.js";
import { accountManager } from "./account-manager.js";
import { Allowance } from "./allowance.js";
import { BrokerFeed } from "./broker-feed.js";
import type { Broker, BrokerHost, QuantityLimits } from "./broker-types.js";

export interface BrokerOptions<Id extends string = string> {
  /** The account to display and trade on. */
  readonly accountId: Id;
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
  rest: BrokerRest & Pick<DatafeedRest, "resolve">,
  host: Host,
  options: BrokerOptions<Id>,
): Broker<Id, Host> {
  const {
    accountId,
    title = accountId,
    plUpdates = true,
    quantityLimits = wholeSteps,
    onError = (error) => console.error(error),
    clock = systemClock,
  } = options;
  const reloads = new Allowance(clock, MAX_RELOADS, RELOAD_INTERVAL_MS);
  const balance = host.factory.createWatchedValue(0);
  const equity = host.factory.createWatchedValue(0);
  const ended = new AbortController();
  const { signal } = ended;
  /** The account properties that the host displays. */
  let displayed: Pick<AccountState, "name" | "currency"> | undefined;
  const feed = new BrokerFeed(client, host, {
    accountId,
    plUpdates,
    clock,
    onAccount: ({ name, currency }) => {
      const isChanged = displayed !== undefined && (displayed.name !== name || displayed.currency !== currency);
      // A change that is not displayed now is displayed with one of the next updates.
      if (!isChanged || !reloads.take()) return;
      displayed = { name, currency };
      host.currentAccountUpdate();
    },
    onEquity: (newBalance, newEquity) => {
      balance.setValue(newBalance);
      equity.setValue(newEquity);
    },
    onError,
  });
  /** Cached, because the library requests the same symbol many times. */
  const symbols = new Map<string, Promise<LibrarySymbolInfo>>();
  const resolve = (symbol: string) => {
    const known = symbols.get(symbol) ?? rest.resolve(symbol, signal);
    symbols.set(symbol, known);
    known.catch(() => symbols.delete(symbol));
    return known;
  };

  return {
    orders: () => feed.orders.load(() => rest.orders(accountId, signal)),
    async positions() {
      const known = await feed.positions.load(() => rest.positions(accountId, signal));
      const open = known.filter(({ qty }) => qty > 0);
      if (!signal.aborted) for (const position of open) feed.positionLoaded(position);
      return open;
    },
    executions: (symbol) => rest.executions(accountId, symbol, signal),
    placeOrder: (order, confirmId) => rest.placeOrder(accountId, confirmed(order, confirmId)),
    previewOrder: (order) => rest.previewOrder(accountId, order, signal),
    modifyOrder: (order, confirmId) => rest.modifyOrder(accountId, confirmed(order, confirmId)),
    cancelOrder: (orderId) => rest.cancelOrder(accountId, orderId),
    closePosition: (positionId, amount) => rest.closePosition(accountId, positionId, amount),
    editPositionBrackets: (positionId, brackets) => rest.editPositionBrackets(accountId, positionId, brackets),
    leverageInfo: (params) => rest.leverageInfo(accountId, params, signal),
    setLeverage: (params) => rest.setLeverage(accountId, params),
    previewLeverage: (params) => rest.previewLeverage(accountId, params, signal),
    async accountsMetainfo() {
      const { name, currency } = await rest.account(accountId, signal);
      displayed = { name, currency };
      return [{ id: accountId, name, currency }];
    },
    currentAccount: () => accountId,
    connectionStatus: () => feed.connection.status,
    async isTradable(symbol) {
      try {
        await resolve(symbol);
        return true;
      } catch (error) {
        return { tradable: false, reason: error instanceof Error ? error.message : String(error) };
      }
    },
    async symbolInfo(symbol) {
      const info = await resolve(symbol);
      const minTick = info.minmov / info.pricescale;
      const { description, currency_code: currency } = info;
      const qty = quantityLimits(info);
      return { qty, minTick, pipSize: minTick, pipValue: minTick, description, ...(currency && { currency }) };
    },
    accountManagerInfo: () => accountManager(title, { balance, equity }),
    chartContextMenuActions: (context, menu) => host.defaultContextMenuActions(context, menu),
    subscribeRealtime: (symbol) => feed.subscribeRealtime(symbol),
    unsubscribeRealtime: (symbol) => feed.unsubscribeRealtime(symbol),
    destroy() {
      ended.abort();
      feed.destroy();
    },
  };
}

function wholeSteps({ volume_precision: places = 0 }: LibrarySymbolInfo): QuantityLimits {
  const step = 10 ** -places;
  return { min: step, max: 1e9, step };
}

function confirmed<Sent>(order: Sent, confirmId: string | undefined): Sent & { readonly confirmId?: string } {
  return { ...order, ...(confirmId !== undefined && { confirmId }) };
}
