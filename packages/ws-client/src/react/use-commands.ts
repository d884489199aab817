"use client";

import * as React from "react";
import type { BrokerRest, Confirmed } from "../rest/rest.js";
import type { Order, PlaceOrderResult, PreOrder } from "../rest/trading.js";
import {
  type Command,
  type CommandKind,
  type CommandOptions,
  type CommandState,
  createCommand,
} from "../stores/command.js";
import { type OptimisticOrder, pendingCommandsOf, withPending } from "../stores/pending-commands.js";
import type { StoreOptions } from "../stores/shared-store.js";
import type { Collection } from "../stores/topic-store.js";
import { useClient, useRest } from "./client-provider.js";
import { type AccountParams, useOrders } from "./route-hooks.js";
import { useStore } from "./use-store.js";
import type { Skip } from "./use-topic-store.js";

/** The state of a command, and the functions that send it. They keep their identity. */
export interface CommandResult<Input, Reply>
  extends CommandState<Input, Reply>,
    Pick<Command<Input, Reply>, "run" | "retry" | "reset"> {}

/**
 * Returns a command that places an order. While it is pending, `useOptimisticOrders` shows the order with the status `placing`; if it is
 * refused, no longer. Each order has one idempotency key, also over retries.
 */
export function usePlaceOrder(
  accountId: string,
  options?: CommandOptions,
): CommandResult<Confirmed<PreOrder>, PlaceOrderResult> {
  return useCommand(accountId, options, place);
}

/** Returns a command that modifies a working order. While it is pending, `useOptimisticOrders` shows the new terms. */
export function useModifyOrder(accountId: string, options?: CommandOptions): CommandResult<Confirmed<Order>, void> {
  return useCommand(accountId, options, modify);
}

/** Returns a command that cancels a working order, by its id. */
export function useCancelOrder(accountId: string, options?: CommandOptions): CommandResult<string, void> {
  return useCommand(accountId, options, cancel);
}

/** A position to close. */
export interface PositionToClose {
  readonly positionId: string;
  /** The quantity to close. @default all of it */
  readonly amount?: number;
}

/** Returns a command that closes a position, or a part of it. */
export function useClosePosition(accountId: string, options?: CommandOptions): CommandResult<PositionToClose, void> {
  return useCommand(accountId, options, close);
}

/**
 * Returns the orders of an account as they will be if the server executes the commands that are pending on this page: with the
 * orders being placed and the new terms. `pending` names the command. A refused command changes them back.
 */
export function useOptimisticOrders(params: AccountParams | Skip, options?: StoreOptions): Collection<OptimisticOrder> {
  const orders = useOrders(params, options);
  const pending = pendingCommandsOf(useClient());
  const commands = useStore(...React.useMemo(() => storeOf(pending), [pending]));
  const accountId = params?.accountId;
  return React.useMemo(
    () => (accountId === undefined ? orders : { ...orders, items: withPending(orders.items, commands, accountId) }),
    [orders, commands, accountId],
  );
}

type Kind<Input, Reply> = (rest: BrokerRest, accountId: string) => CommandKind<Input, Reply>;

const place: Kind<Confirmed<PreOrder>, PlaceOrderResult> = (rest, accountId) => ({
  send: (order, key) => rest.placeOrder(accountId, order, undefined, key),
  pendingOf: ({ confirmId: _, ...order }) => ({ kind: "place", accountId, order: order as Partial<OptimisticOrder> }),
  orderIdOf: ({ orderId }) => orderId,
});

const modify: Kind<Confirmed<Order>, void> = (rest, accountId) => ({
  send: (order, key) => rest.modifyOrder(accountId, order, undefined, key),
  pendingOf: ({ confirmId: _, status: _status, filledQty: _filledQty, ...terms }) => ({
    kind: "modify",
    accountId,
    orderId: terms.id,
    order: terms as Partial<OptimisticOrder>,
  }),
});

const cancel: Kind<string, void> = (rest, accountId) => ({
  send: (orderId, key) => rest.cancelOrder(accountId, orderId, undefined, key),
  pendingOf: (orderId) => ({ kind: "cancel", accountId, orderId }),
});

const close: Kind<PositionToClose, void> = (rest, accountId) => ({
  send: ({ positionId, amount }, key) => rest.closePosition(accountId, positionId, amount, undefined, key),
  pendingOf: ({ positionId }) => ({ kind: "close", accountId, positionId }),
});

function useCommand<Input, Reply>(
  accountId: string,
  { retries, retryDelayMs }: CommandOptions = {},
  kind: Kind<Input, Reply>,
): CommandResult<Input, Reply> {
  const pending = pendingCommandsOf(useClient());
  const rest = useRest();
  const command = React.useMemo(
    () =>
      createCommand(kind(rest, accountId), pending, {
        ...(retries !== undefined && { retries }),
        ...(retryDelayMs !== undefined && { retryDelayMs }),
      }),
    [kind, pending, rest, accountId, retries, retryDelayMs],
  );
  const state = useStore(...React.useMemo(() => storeOf(command, pending), [command, pending]));
  const { run, retry, reset } = command;
  return { ...state, run, retry, reset };
}

/** @param also another store whose changes can change the state of this one */
function storeOf<State>(
  { readers, get }: { readonly readers: Set<() => void>; readonly get: () => State },
  also?: { readonly readers: Set<() => void> },
) {
  const all = [readers, also?.readers];
  const subscribe = (onChange: () => void) => {
    for (const each of all) each?.add(onChange);
    return () => {
      for (const each of all) each?.delete(onChange);
    };
  };
  return [subscribe, get, get] as const;
}
