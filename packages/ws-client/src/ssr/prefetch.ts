import { bars, quotes } from "@trading/topic/shapes";
import type { Client, TopicHandle } from "../client.js";
import type { DatafeedRest } from "../rest/rest.js";
import type { BarSeries } from "../stores/bar-history.js";
import { loadBars } from "../stores/bars.js";
import type { ClientRoute } from "../subscriptions/listener.js";
import type { DehydratedBars, DehydratedTopic } from "./dehydrated.js";

export interface PrefetchOptions {
  /** Ends the wait: the page is then rendered without the state. @default AbortSignal.timeout(2_000) */
  readonly signal?: AbortSignal;
  /** Receives the reason why a state is missing. Refusals of topics go to the client's `onError`. @default console.error */
  readonly onError?: (error: unknown) => void;
}

const WAIT_MS = 2_000;
const DAY_MS = 86_400_000;

/**
 * Subscribes to a topic on a server until its state is complete, and returns the state for the client of a browser, which continues
 * from its position.
 *
 * Requests can share a client for public topics. Private topics need a client for each user, with `getToken`, that is closed
 * afterwards.
 *
 * @returns undefined if the server refuses, sends no position, or does not reply in time
 * @throws TopicError if the parameters are invalid
 * @throws ClientError `no_websocket`
 */
export async function prefetchTopic<Params extends object, Update>(
  client: Client,
  route: ClientRoute<Params, Update>,
  params: NoInfer<Params>,
  { signal = AbortSignal.timeout(WAIT_MS), onError = console.error }: PrefetchOptions = {},
): Promise<DehydratedTopic | undefined> {
  let settle: (isLive: boolean) => void = () => {};
  const settled = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  const handle = client.subscribe(route, params, {
    onStatus({ state, error }) {
      if (state === "live") settle(true);
      else if (error && !error.retryable) settle(false);
    },
    // The gap is the browser's concern: here the state after it is read.
    onGap() {},
  });
  const onAbort = () => {
    onError(new Error(`No complete state of ${handle.topic}: ${signal.reason}`));
    settle(false);
  };
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    return (await settled) ? readTopic(client, route, params) : undefined;
  } finally {
    signal.removeEventListener("abort", onAbort);
    handle();
  }
}

type Subscribe<Update> = (route: unknown, params: object, listener: (update: Update) => void) => TopicHandle;

/** Reads the known updates of a subscribed topic together with their position. */
function readTopic<Params extends object, Update>(
  client: Client,
  route: ClientRoute<Params, Update>,
  params: Params,
): DehydratedTopic | undefined {
  const known: Update[] = [];
  // A new listener receives the known updates before this returns.
  // The types of a route's parameters and updates are checked by `prefetchTopic`.
  const subscribe = client.subscribe as unknown as Subscribe<Update>;
  const handle = subscribe(route, params, (update) => known.push(update));
  handle();
  const { topic } = handle;
  const position = client.inspect().topics.find((inspected) => inspected.topic === topic)?.position;
  if (position === undefined) return undefined;
  return { kind: "topic", topic, ...position, known, isPrivate: route.access === "private", at: Date.now() };
}

/** Prefetches the quotes of symbols, for `useQuotes` with `fast_symbols` or for `useQuote`. Like `prefetchTopic` otherwise. */
export function prefetchQuotes(
  client: Client,
  symbols: readonly string[],
  options?: PrefetchOptions,
): Promise<DehydratedTopic | undefined> {
  // Sorted as the hooks do it, because the order is part of the topic.
  return prefetchTopic(client, quotes, { symbols: [], fast_symbols: [...new Set(symbols)].sort() }, options);
}

/**
 * Loads the newest page of a bar history, for `useBarHistory`. The browser loads only the bars since then.
 *
 * @returns undefined if the bars cannot be loaded
 * @throws TopicError if the symbol or the resolution is invalid
 */
export async function prefetchBars(
  rest: Pick<DatafeedRest, "bars">,
  series: BarSeries,
  {
    pageSize = 300,
    signal = AbortSignal.timeout(WAIT_MS),
    onError = console.error,
  }: PrefetchOptions & {
    /** Minimum number of bars, as in `useBarHistory`. @default 300 */
    readonly pageSize?: number;
  } = {},
): Promise<DehydratedBars | undefined> {
  const topic = bars.buildTopic(series);
  const at = Date.now();
  // One day in the future, so that a slow clock does not exclude the current bar.
  const to = at + DAY_MS;
  try {
    const loaded = await loadBars(rest, { ...series, from: to, to, countBack: pageSize }, signal);
    return { kind: "bars", topic, bars: loaded.bars, at };
  } catch (error) {
    onError(error);
    return undefined;
  }
}
