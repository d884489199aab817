import { ORDER_STATUS, type PlacedOrder } from "@trading/topic/shapes";
import type { Client } from "../client.js";
import { systemClock } from "../timers.js";
import type { Store } from "./store.js";

/** A command whose effect the account's topics do not show yet. */
export interface PendingCommand {
  readonly kind: "place" | "modify" | "cancel" | "close";
  readonly accountId: string;
  /** The idempotency key, which identifies the command. */
  readonly key: string;
  /** False once the server has executed it. */
  readonly isPending: boolean;
  /** The order to modify or cancel; of a new order, its id once the server has replied. */
  readonly orderId?: string | undefined;
  /** The position to close. */
  readonly positionId?: string | undefined;
  /** The new order, or the changed terms of one. */
  readonly order?: Partial<PlacedOrder> | undefined;
}

/** An order with what a pending command changes of it. */
export type OptimisticOrder = PlacedOrder & {
  /** The command that the server has not replied to. The new terms of a `modify` are those that it requests. */
  readonly pending?: "place" | "modify" | "cancel";
};

/** The entry of one command. */
export interface PendingEntry {
  /** The server has executed it. The entry remains for a while, until the topic has the effect. */
  done(orderId: string | undefined): void;
  /** It failed: the lists show what they showed before. */
  remove(): void;
}

/** Milliseconds for which an executed command is shown, until the topic has its effect. */
const SETTLE_MS = 5_000;

/** The pending commands of all accounts, of one user: a change of the user removes them. */
export interface PendingCommands extends Omit<Store<readonly PendingCommand[]>, "stop"> {
  /** The number of times that the user has changed. Readers are notified of it. */
  readonly userChanges: number;
  add(command: PendingCommand): PendingEntry;
}

const lists = new WeakMap<Client, PendingCommands>();

/** Returns the pending commands that all users of a client share. */
export function pendingCommandsOf(client: Client): PendingCommands {
  const list = lists.get(client) ?? createPendingCommands(client);
  lists.set(client, list);
  return list;
}

function createPendingCommands(client: Client): PendingCommands {
  const readers = new Set<() => void>();
  const byKey = new Map<string, PendingCommand>();
  let state: readonly PendingCommand[] = [];
  let userChanges = 0;
  const changed = () => {
    state = [...byKey.values()];
    for (const reader of readers) reader();
  };
  client.tap(({ kind }) => {
    if (kind !== "reset") return;
    userChanges++;
    byKey.clear();
    changed();
  });
  return {
    readers,
    get: () => state,
    get userChanges() {
      return userChanges;
    },
    add(command) {
      const { key } = command;
      byKey.set(key, command);
      changed();
      const remove = () => {
        if (byKey.delete(key)) changed();
      };
      return {
        remove,
        done(orderId = command.orderId) {
          // The reply to a command of the user before is not shown to the next one.
          if (!byKey.has(key)) return;
          byKey.set(key, { ...command, orderId, isPending: false });
          changed();
          systemClock.after(SETTLE_MS, remove);
        },
      };
    },
  };
}

/** Returns the orders of an account as they will be if the server executes the pending commands. */
export function withPending(
  orders: readonly PlacedOrder[],
  commands: readonly PendingCommand[],
  accountId: string,
): readonly OptimisticOrder[] {
  const own = commands.filter((command) => command.accountId === accountId);
  if (own.length === 0) return orders;
  const changed = orders.map((order) => {
    const command = own.filter(({ kind, orderId }) => kind !== "place" && orderId === order.id).at(-1);
    if (command === undefined) return order;
    const { kind, isPending } = command;
    const terms = kind === "modify" ? command.order : {};
    return { ...order, ...terms, ...(isPending && { pending: kind }) } as OptimisticOrder;
  });
  const ids = new Set(orders.map(({ id }) => id));
  const placed = own
    .filter(({ kind, orderId }) => kind === "place" && (orderId === undefined || !ids.has(orderId)))
    .map(({ key, orderId, isPending, order }) => {
      const id = orderId ?? key;
      return { ...order, id, status: ORDER_STATUS.placing, ...(isPending && { pending: "place" }) } as OptimisticOrder;
    });
  return [...changed, ...placed];
}
