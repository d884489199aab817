import { ClientError } from "../errors.js";
import { type AnyListener, type AnyRoute, type Gap, keyOf } from "./listener.js";

export interface StreamOptions {
  /** Ends the iteration: the pending read rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Receives gaps, between the updates before and after. @default reported as an error if no snapshot follows */
  readonly onGap?: (gap: Gap) => void;
  /** Maximum number of unread updates; the iteration fails with `overflow` above it. @default 10_000 */
  readonly maxBuffered?: number;
}

/** Returns a topic's updates as an iteration. */
export async function* streamOf<Update>(
  subscribe: (listener: AnyListener) => () => void,
  { key, name }: AnyRoute,
  { signal, onGap, maxBuffered = 10_000 }: StreamOptions,
): AsyncGenerator<Update, void, void> {
  signal?.throwIfAborted();
  const unread = new Map<unknown, unknown>();
  let count = 0;
  let failure: { readonly cause: unknown } | undefined;
  let wake = () => {};
  const fail = (cause: unknown) => {
    failure ??= { cause };
    wake();
  };
  const stop = subscribe({
    onUpdate(update) {
      const value = key === undefined ? count++ : keyOf(key, update);
      // Moves an updated key to the end, to keep the order of arrival.
      unread.delete(value);
      unread.set(value, update);
      if (unread.size > maxBuffered) {
        fail(
          new ClientError(
            "overflow",
            `More than ${maxBuffered} unread updates of ${name}: read faster, or raise maxBuffered`,
          ),
        );
      }
      wake();
    },
    onStatus: ({ error }) => error && !error.retryable && fail(error),
    ...(onGap && { onGap }),
  });
  const onAbort = () => fail(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  try {
    for (;;) {
      if (failure) throw failure.cause;
      const [next] = unread;
      if (next) {
        unread.delete(next[0]);
        yield next[1] as Update;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    stop();
    signal?.removeEventListener("abort", onAbort);
  }
}
