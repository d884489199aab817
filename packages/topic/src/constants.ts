/** The direction of an order, position or trade. */
export const SIDE = { buy: 1, sell: -1 } as const;

/** The types of orders, as in TradingView. */
export const ORDER_TYPE = { limit: 1, market: 2, stop: 3, stopLimit: 4 } as const;

/**
 * The states of an order, as in TradingView: `placing` before the broker has accepted it, `working` until it is filled or cancelled,
 * `inactive` while it is accepted and cannot be filled. `cancelled`, `filled` and `rejected` are final.
 */
export const ORDER_STATUS = { cancelled: 1, filled: 2, inactive: 3, placing: 4, rejected: 5, working: 6 } as const;

/** The parent of a bracket, as in TradingView. */
export const PARENT_TYPE = { order: 1, position: 2 } as const;

/**
 * The times in force of an order: until it is cancelled (GTC), until the end of the trading day (DAY) or a date (GTD), or only
 * now, as far as it can be filled (IOC) or if all of it can be filled (FOK).
 */
export const TIMES_IN_FORCE = ["GTC", "DAY", "GTD", "IOC", "FOK"] as const;

/** TradingView's connection states. Legacy servers send 0 and 1, which TradingView's charting library does not read that way. */
export const CONNECTION_STATUS = { connected: 1, connecting: 2, disconnected: 3, error: 4 } as const;

/** Bar lengths: minutes, then day, week and month. */
export const RESOLUTIONS = ["1", "5", "15", "30", "60", "D", "W", "M"] as const;
