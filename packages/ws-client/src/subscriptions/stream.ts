/// <reference lib="esnext.disposable" preserve="true" />
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

type Result<Update> = IteratorResult<Update, void>;

/** A call of `next` that waits for an update. */
interface Reader<Update> {
  resolve(result: Result<Update>): void;
  reject(reason: unknown): void;
}

// On platforms without the symbol, compilers translate `await using` to this one.
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/**
 * Returns a topic's updates as an iteration.
 *
 * It is not an async generator function, because the `return` of one waits for a pending `next`, and so for an update that
 * may never arrive.
 */
export function streamOf<Update>(
  subscribe: (listener: AnyListener) => () => void,
  { key, name }: AnyRoute,
  { signal, onGap, maxBuffered = 10_000 }: StreamOptions,
): AsyncGenerator<Update, void, void> {
  const unread = new Map<unknown, Update>();
  /** Oldest first. */
  const readers: Reader<Update>[] = [];
  /** The error of the next read, which only one read reports. */
  let failure: { readonly reason: unknown } | undefined;
  let state: "new" | "subscribed" | "ended" = "new";
  let stop = () => {};
  let count = 0;

  /** Gives the waiting reads what there is for them. */
  const settle = () => {
    for (let reader = readers[0]; reader; reader = readers[0]) {
      const [first] = unread;
      if (failure) reader.reject(failure.reason);
      else if (first) reader.resolve({ done: false, value: first[1] });
      else if (state === "ended") reader.resolve({ done: true, value: undefined });
      else return;
      failure = undefined;
      readers.shift();
      if (first) unread.delete(first[0]);
    }
  };
  const end = (error?: { readonly reason: unknown }) => {
    state = "ended";
    failure = error;
    stop();
    signal?.removeEventListener("abort", onAbort);
    unread.clear();
    settle();
  };
  const fail = (reason: unknown) => {
    if (state !== "ended") end({ reason });
  };
  const onAbort = () => fail(signal?.reason);
  const start = () => {
    state = "subscribed";
    try {
      signal?.throwIfAborted();
      signal?.addEventListener("abort", onAbort);
      stop = subscribe({
        onUpdate(update) {
          if (state === "ended") return;
          const value = key === undefined ? count++ : keyOf(key, update);
          // Moves an updated key to the end, to keep the order of arrival.
          unread.delete(value);
          unread.set(value, update as Update);
          // Deferred, so that a waiting read gets the latest of the updates that arrive together.
          if (readers.length > 0) void Promise.resolve().then(settle);
          if (unread.size > maxBuffered) {
            const message = `More than ${maxBuffered} unread updates of ${name}: read faster, or raise maxBuffered`;
            fail(new ClientError("overflow", message));
          }
        },
        onStatus: ({ error }) => error && !error.retryable && fail(error),
        onReset: () => unread.clear(),
        ...(onGap && { onGap }),
      });
      // It may have ended while it was subscribing, because of the updates that are known already.
      if ((state as string) === "ended") stop();
    } catch (error) {
      fail(error);
    }
  };
  const stream: AsyncGenerator<Update, void, void> = {
    next() {
      if (state === "new") start();
      return new Promise((resolve, reject) => {
        readers.push({ resolve, reject });
        settle();
      });
    },
    async return() {
      end();
      return { done: true, value: undefined };
    },
    async throw(reason) {
      end();
      throw reason;
    },
    [Symbol.asyncIterator]: () => stream,
    async [asyncDispose]() {
      end();
    },
  };
  return stream;
}
