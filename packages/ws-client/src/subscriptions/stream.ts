/// <reference lib="esnext.disposable" preserve="true" />
import { onAbort } from "../aborted.js";
import { ClientError } from "../errors.js";
import { text } from "../text.js";
import { type AnyListener, type AnyRoute, type Gap, keyOf } from "./listener.js";

export interface StreamOptions {
  /** Ends the iteration: the pending read rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Receives gaps, between the updates before and after. @default reported as an error if no snapshot follows */
  readonly onGap?: (gap: Gap) => void;
  /** Maximum number of unread updates; the iteration fails with `overflow` above it. @default 10_000 */
  readonly maxBuffered?: number;
}

// On platforms without the symbol, compilers translate `await using` to this one.
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/**
 * Returns a topic's updates as an iteration.
 *
 * The `return` of an async generator waits for a pending `next`, and so for an update that may never arrive. Here it ends the
 * pending `next` first, and the subscription with it.
 */
export function streamOf<Update>(
  subscribe: (listener: AnyListener) => () => void,
  { key, name }: AnyRoute,
  { signal, onGap, maxBuffered = 10_000 }: StreamOptions,
): AsyncGenerator<Update, void, void> {
  const unread = new Map<unknown, Update>();
  let count = 0;
  let isEnded = false;
  let failure: { readonly cause: unknown } | undefined;
  let stop = () => {};
  let wake = () => {};
  let stopListening = () => {};

  const end = () => {
    isEnded = true;
    // mutant: stop-stream
    stop();
    stopListening();
    unread.clear();
    // mutant: end-pending-read
    wake();
  };
  const fail = (cause: unknown) => {
    failure ??= { cause };
    end();
  };

  async function* iterate(): AsyncGenerator<Update, void, void> {
    stopListening = onAbort(signal, fail);
    try {
      stop = subscribe({
        onUpdate(update) {
          const value = key === undefined ? count++ : keyOf(key, update);
          // Moves an updated key to the end, to keep the order of arrival.
          unread.delete(value);
          unread.set(value, update as Update);
          if (unread.size > maxBuffered) {
            fail(
              new ClientError(
                "overflow",
                text`More than ${maxBuffered} unread updates of ${name}: read faster, or raise maxBuffered`,
              ),
            );
          }
          wake();
        },
        onStatus: ({ error }) => error && !error.retryable && fail(error),
        onReset: () => unread.clear(),
        ...(onGap && { onGap }),
      });
      while (!isEnded) {
        const [next] = unread;
        if (next) {
          unread.delete(next[0]);
          yield next[1];
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
      if (failure) throw failure.cause;
    } finally {
      end();
    }
  }

  const stream = iterate();
  const { return: finish, throw: raise } = stream;
  return Object.assign(stream, {
    return(value: void | PromiseLike<void>) {
      end();
      return finish.call(stream, value);
    },
    throw(cause: unknown) {
      end();
      return raise.call(stream, cause);
    },
    // Generators of older platforms do not have it.
    async [asyncDispose]() {
      await stream.return();
    },
  });
}
