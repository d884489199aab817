import { ClientError } from "../errors.js";
import { type AnyListener, type AnyRoute, type Gap, keyOf } from "./listener.js";

export interface StreamOptions {
  /** Ends the iteration: what is waited for then rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Hears of gaps, between the updates before and after. @default reported as an error, where no snapshot follows */
  readonly onGap?: (gap: Gap) => void;
  /** Updates that may wait for the reader before it is given up with `overflow`. @default 10_000 */
  readonly maxBuffered?: number;
}

/** A topic's updates as an iteration. */
export async function* streamOf<Update>(
  subscribe: (listener: AnyListener) => () => void,
  { key, name }: AnyRoute,
  { signal, onGap, maxBuffered = 10_000 }: StreamOptions,
): AsyncGenerator<Update, void, void> {
  signal?.throwIfAborted();
  const waiting = new Map<unknown, unknown>();
  let count = 0;
  let failure: { readonly cause: unknown } | undefined;
  let wake = () => {};
  const fail = (cause: unknown) => {
    failure ??= { cause };
    wake();
  };
  const stop = subscribe({
    onUpdate(update) {
      const at = key === undefined ? count++ : keyOf(key, update);
      // What is newer goes to the end, as it came.
      waiting.delete(at);
      waiting.set(at, update);
      if (waiting.size > maxBuffered) {
        fail(
          new ClientError(
            "overflow",
            `Over ${maxBuffered} updates of ${name} wait to be read: read faster, or raise maxBuffered`,
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
      const [next] = waiting;
      if (next) {
        waiting.delete(next[0]);
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
