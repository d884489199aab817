import type { AccountState } from "@trading/topic";
import type { Client } from "../client.js";
import type { BrokerRest, DatafeedRest } from "../rest/rest.js";
import { accountManager } from "./account-manager.js";
import { BrokerFeed } from "./broker-feed.js";
import type { Broker, BrokerHost, QuantityLimits } from "./broker-types.js";
import type { LibrarySymbolInfo } from "./datafeed-types.js";

export interface BrokerOptions<Id extends string = string> {
  /** The account that is shown and traded on. */
  readonly accountId: Id;
  /** What the account manager is titled. @default the account's id */
  readonly title?: string;
  /**
   * Subscribes to the quotes of what there are positions in, and tells the host what each would yield now: in the symbol's
   * currency, at a value of 1 a point. Leave it on where the widget's config flag supportPLUpdate is on.
   * @default true
   */
  readonly plUpdates?: boolean;
  /** What may be ordered of a symbol. @default from one step of its volume_precision to 1e9 */
  readonly quantityLimits?: (info: LibrarySymbolInfo) => QuantityLimits;
  /** Gets what the host has no call for. @default console.error */
  readonly onError?: (error: unknown) => void;
}

/**
 * A broker for the charting library: what it asks is asked over REST, what changes is told to the host from the client's
 * streams. The client stays the caller's, and needs a login for the account's topics.
 *
 * After a gap the host is told to load orders and positions anew, and all that is shown where executions may be missing.
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
  } = options;
  const balance = host.factory.createWatchedValue(0);
  const equity = host.factory.createWatchedValue(0);
  const ended = new AbortController();
  const { signal } = ended;
  /** What the host shows of the account itself. */
  let shown: Pick<AccountState, "name" | "currency"> | undefined;
  const feed = new BrokerFeed(client, host, {
    accountId,
    plUpdates,
    onAccount: ({ name, currency }) => {
      const isOther = shown !== undefined && (shown.name !== name || shown.currency !== currency);
      if (!isOther) return;
      shown = { name, currency };
      host.currentAccountUpdate();
    },
    onEquity: (balanceNow, equityNow) => {
      balance.setValue(balanceNow);
      equity.setValue(equityNow);
    },
    onError,
  });
  /** The library asks for a symbol at each turn; one answer serves them all. */
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
      if (!signal.aborted) for (const position of open) feed.loaded(position);
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
      shown = { name, currency };
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
