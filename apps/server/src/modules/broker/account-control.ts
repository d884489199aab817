import { ORDER_STATUS } from "@trading/topic";
import type { AccountControl } from "../module.js";
import type { BrokerService } from "./broker.js";
import { toPlacedOrder } from "./engine/wire.js";
import { toProblem } from "./rest.js";

/** Returns what operators do with the accounts of a broker. */
export function accountControl(broker: BrokerService): AccountControl {
  return {
    workingOrders: async (accountId) => {
      const { orders } = await checked(broker.snapshot(accountId));
      return orders
        .filter(({ status }) => status === ORDER_STATUS.working)
        .map(toPlacedOrder)
        .map(({ id, symbol, side, qty, filledQty = 0 }) => ({ id, symbol, side, qty, filledQty }));
    },
    cancel: async (accountId, orderId) => void (await checked(broker.cancel(accountId, orderId))),
    cancelAll: async (accountId) => (await checked(broker.cancelAll(accountId))).length,
    halt: async (accountId, reason) => void (await checked(broker.halt(accountId, reason))),
  };
}

function checked<Result>(result: Promise<Result>): Promise<Result> {
  return result.catch((error: unknown) => {
    throw toProblem(error);
  });
}
