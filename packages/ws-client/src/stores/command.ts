import { createIdempotencyKey } from "../rest/idempotency-key.js";
import { systemClock } from "../timers.js";
import type { PendingCommand, PendingCommands } from "./pending-commands.js";
import type { Store } from "./store.js";

/** The state of a command. */
export interface CommandState<Input, Reply> {
  /**
   * `idle` before the first one, `pending` until the reply, `done`, or `refused`: the server has not executed it. `unknown`: the reply
   * was lost, also after further attempts, so the server may have executed it; `retry` sends it again, with the same key. A command
   * that is not repeated because of `rest.logout()` is `unknown` too, with an error that has the code `user_changed`. When the user
   * changes, the next one's state is `idle`, also while a command of the user before is pending.
   */
  readonly status: "idle" | "pending" | "done" | "refused" | "unknown";
  /** The input of the last command. */
  readonly input: Input | undefined;
  /** The server's reply to the last command, once it is `done`. */
  readonly reply: Reply | undefined;
  /** The reason for `refused` and `unknown`. Its message can be shown to a user. */
  readonly error: Error | undefined;
}

export interface CommandOptions {
  /** Number of further attempts after a lost reply, with the same key. @default 2 */
  readonly retries?: number;
  /** The wait before the first further attempt, doubled for each one. In milliseconds. @default 500 */
  readonly retryDelayMs?: number;
}

/** Sends one kind of command, one at a time. A change of the user notifies the readers of `PendingCommands` only. */
export interface Command<Input, Reply> extends Omit<Store<CommandState<Input, Reply>>, "stop"> {
  /**
   * Sends a command, and returns its state after the reply. Never rejects. While one is pending, returns that one, so a second click
   * sends nothing. The same input after an `unknown` outcome keeps its key, so an order is never placed twice.
   */
  readonly run: (input: Input) => Promise<CommandState<Input, Reply>>;
  /** Sends the last command again if its outcome is unknown, with the same key. */
  readonly retry: () => Promise<CommandState<Input, Reply>>;
  /** Returns to `idle`, unless a command is pending. */
  readonly reset: () => void;
}

/** A kind of command: what it sends, and what the account's lists show while it is pending. */
export interface CommandKind<Input, Reply> {
  readonly send: (input: Input, key: string) => Promise<Reply>;
  readonly pendingOf: (input: Input) => Omit<PendingCommand, "key" | "isPending">;
  /** Returns the id of a new order. */
  readonly orderIdOf?: (reply: Reply) => string | undefined;
}

/** Failures after which the server may have executed the command. */
const LOST: ReadonlySet<unknown> = new Set(["no_reply", "unreachable", "in_doubt", "invalid_reply"]);

/** The code with which `createRest` refuses to send one user's command with another one's token. */
const USER_CHANGED = "user_changed";

/** A server keeps a key for ten minutes. Repeating an order after that would place another one. */
const KEY_LIFETIME_MS = 540_000;

export const IDLE: CommandState<never, never> = {
  status: "idle",
  input: undefined,
  reply: undefined,
  error: undefined,
};

/** Creates a command. The account's lists show it while it is pending, and no longer if it is refused. */
export function createCommand<Input, Reply>(
  kind: CommandKind<Input, Reply>,
  pending: PendingCommands,
  { retries = 2, retryDelayMs = 500 }: CommandOptions = {},
): Command<Input, Reply> {
  const readers = new Set<() => void>();
  let state: CommandState<Input, Reply> = IDLE;
  let current: Promise<CommandState<Input, Reply>> | undefined;
  let key = "";
  let startedAt = 0;
  /** The user of `state`, as a number of `userChanges`. */
  let user = pending.userChanges;

  const get = () => {
    if (user !== pending.userChanges) {
      user = pending.userChanges;
      current = undefined;
      state = IDLE;
    }
    return state;
  };
  const change = (next: CommandState<Input, Reply>) => {
    state = next;
    for (const reader of readers) reader();
    return state;
  };

  /** @param wasLost whether an earlier attempt may have been executed */
  async function execute(input: Input, key: string, wasLost: boolean): Promise<CommandState<Input, Reply>> {
    const sender = user;
    const finish = (next: CommandState<Input, Reply>) => (sender === pending.userChanges ? change(next) : next);
    change({ ...IDLE, status: "pending", input });
    const entry = pending.add({ ...kind.pendingOf(input), key, isPending: true });
    for (let count = 0; ; count++) {
      try {
        const reply = await kind.send(input, key);
        entry.done(kind.orderIdOf?.(reply));
        return finish({ status: "done", input, reply, error: undefined });
      } catch (cause) {
        const error = cause as Error & { readonly code?: unknown };
        // Without a code it is not a server's refusal: a `fetch` that failed, for instance.
        const isLost = error.code === undefined || LOST.has(error.code);
        if (isLost && count < retries) {
          wasLost = true;
          await new Promise<void>((resolve) => systemClock.after(retryDelayMs * 2 ** count, resolve));
          // Otherwise it would be sent with the token of the next user.
          if (sender === pending.userChanges) continue;
        }
        entry.remove();
        const isUnknown = isLost || (wasLost && error.code === USER_CHANGED);
        return finish({ status: isUnknown ? "unknown" : "refused", input, reply: undefined, error });
      }
    }
  }

  function start(input: Input, isRepeated: boolean): Promise<CommandState<Input, Reply>> {
    if (!isRepeated) {
      key = createIdempotencyKey();
      startedAt = Date.now();
    }
    const started: Promise<CommandState<Input, Reply>> = execute(input, key, isRepeated).finally(() => {
      if (current === started) current = undefined;
    });
    current = started;
    return started;
  }

  const isUnknown = () =>
    state.status === "unknown" &&
    (state.error as { readonly code?: unknown }).code !== USER_CHANGED &&
    Date.now() - startedAt < KEY_LIFETIME_MS;

  return {
    readers,
    get,
    run(input) {
      const { input: last } = get();
      return current ?? start(input, isUnknown() && JSON.stringify(input) === JSON.stringify(last));
    },
    async retry() {
      const { input } = get();
      if (current) return current;
      return isUnknown() ? start(input as Input, true) : state;
    },
    reset() {
      get();
      if (!current) change(IDLE);
    },
  };
}
