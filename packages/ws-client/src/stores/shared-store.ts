import { defer } from "../defer.js";
import type { ClientError } from "../errors.js";
import { text } from "../text.js";
import type { FrameScheduler } from "./frame-scheduler.js";
import type { Store, StoreArguments, TopicResult } from "./store.js";

/**
 * When updates are rendered: `frame` batches them until the next paint, which pauses in a hidden tab; `immediate` renders
 * every update.
 */
export type Flush = "frame" | "immediate";

/** The options of everything that renders a topic. */
export interface FlushOptions {
  /** When updates are rendered. @default "frame" */
  readonly flush?: Flush | undefined;
}

/** The options of all hooks that render a topic. */
export interface StoreOptions extends FlushOptions {
  /**
   * Whether the component suspends until the data are complete: its `<Suspense>` shows the fallback. A refusal before that is
   * thrown to the error boundary. On a server the fallback is rendered, and the browser continues. @default false
   */
  readonly suspense?: boolean | undefined;
  /**
   * Whether an error is thrown while rendering, so that the nearest error boundary shows it. `true` throws an error that the
   * client does not retry; a function decides for each error. @default false
   */
  readonly throwOnError?: boolean | ((error: ClientError) => boolean) | undefined;
}

/** A store that components share while at least one of them reads it. */
export interface SharedStore<State> extends Store<State> {
  /** Keeps the store without a component, which does not exist while it suspends. */
  hold?: Hold | undefined;
}

interface Hold {
  readonly ready: Promise<void>;
  isPending: boolean;
  readonly release: () => void;
}

/**
 * Returns the state without a store: an empty one, or what a server has rendered. The latter becomes outdated, so it is empty
 * again some time after a store has started with it, except for hydration.
 *
 * @param purpose true for hydration; `start` for the start of a store
 */
export type InitialState<State> = (purpose?: true | "start") => State;

/** A store to share, and its place in the provider or adapter. */
export interface SharedStoreSource<State extends TopicResult> {
  readonly frames: FrameScheduler;
  readonly stores: Map<string, SharedStore<unknown>>;
  /** Components with the same id share a store. */
  readonly id: string;
  readonly create: (initial: State) => Store<State>;
  readonly initial: InitialState<State>;
}

/** A store to share with components that may suspend. */
export interface SuspendingSource<State extends TopicResult> extends SharedStoreSource<State> {
  /** Whether a component that suspends can render. */
  readonly isReady: (state: State) => boolean;
}

/** Milliseconds for which a store is kept after its data arrived, until React has rendered the component that waits for them. */
const HOLD_MS = 5_000;

const noop = (): void => {};

function currentStore<State extends TopicResult>({ stores, id }: SharedStoreSource<State>) {
  return stores.get(id) as SharedStore<State> | undefined;
}

function currentState<State extends TopicResult>(source: SharedStoreSource<State>): State {
  return currentStore(source)?.get() ?? source.initial();
}

function startStore<State extends TopicResult>(source: SharedStoreSource<State>): SharedStore<State> {
  const store: SharedStore<State> = currentStore(source) ?? source.create(source.initial("start"));
  source.stores.set(source.id, store as SharedStore<unknown>);
  return store;
}

/** Ends a store without readers. Deferred, so that a component that mounts in the same task reuses the store. */
function endUnused<State extends TopicResult>(source: SharedStoreSource<State>, store: SharedStore<State>): void {
  defer(() => {
    if (store.readers.size > 0) return;
    store.stop();
    if (currentStore(source) === store) source.stores.delete(source.id);
  });
}

/** Returns the arguments of `useStore` for a shared store. @param source undefined for `skip` */
export function sharedStoreArguments<State extends TopicResult>(
  source: SharedStoreSource<State> | undefined,
  skipped: State,
  flush?: Flush,
): StoreArguments<State> {
  if (source === undefined) return [() => noop, () => skipped, () => skipped];
  const subscribe = (onChange: () => void) => {
    const store = startStore(source);
    const reader = flush === "immediate" ? onChange : () => source.frames.add(onChange);
    store.readers.add(reader);
    return () => {
      store.readers.delete(reader);
      source.frames.delete(onChange);
      endUnused(source, store);
    };
  };
  return [subscribe, () => currentState(source), () => source.initial(true)];
}

/** Throws a promise until the data are complete, or the error, as the options request. Call it while rendering. */
export function suspend<State extends TopicResult>(
  source: SuspendingSource<State> | undefined,
  { suspense = false, throwOnError = false }: StoreOptions,
): void {
  if (source === undefined || !(suspense || throwOnError)) return;
  const store = currentStore(source);
  const state = currentState(source);
  const { error } = state;
  const isReady = source.isReady(state);
  if (error && shouldThrow(error, throwOnError, suspense && !isReady)) {
    // React may render the component once more. After that, a reset of the boundary subscribes again.
    if (store?.hold) setTimeout(store.hold.release);
    throw error;
  }
  if (!suspense || isReady) return;
  // A server runs no effects, so no component would end the subscription. React Native has a window, but no document.
  if (typeof window === "undefined") throw new Error(text`Suspended on a server: the browser renders the data`);
  throw holdOf(source, startStore(source)).ready;
}

function shouldThrow(error: ClientError, throwOnError: StoreOptions["throwOnError"], isSuspended: boolean): boolean {
  if (typeof throwOnError === "function") return throwOnError(error);
  return (throwOnError || isSuspended) && !error.retryable;
}

/** Keeps a store until its data or an error arrived, and for a while after it. */
function holdOf<State extends TopicResult>(source: SuspendingSource<State>, store: SharedStore<State>): Hold {
  if (store.hold?.isPending) return store.hold;
  const { error } = store.get();
  let resolve = noop;
  const ready = new Promise<void>((fulfill) => {
    resolve = fulfill;
  });
  const reader = () => {
    const state = store.get();
    // While the client retries, the same error does not render again.
    if (!hold.isPending || (!source.isReady(state) && (state.error === undefined || state.error === error))) return;
    hold.isPending = false;
    resolve();
    setTimeout(hold.release, HOLD_MS);
  };
  const hold: Hold = {
    ready,
    isPending: true,
    release() {
      store.readers.delete(reader);
      if (store.hold === hold) store.hold = undefined;
      endUnused(source, store);
    },
  };
  store.readers.add(reader);
  store.hold = hold;
  return hold;
}
