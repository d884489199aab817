"use client";

import type { QuoteData } from "@trading/topic";
import * as React from "react";
import { assertSymbol, EMPTY_QUOTE, type QuoteSpeed, type QuoteState, quoteBoardOf } from "../stores/quote-board.js";
import { sharedStoreArguments, suspend } from "../stores/shared-store.js";
import { isSameValue, type TopicValue } from "../stores/topic-view.js";
import { useClientContext } from "./client-provider.js";
import { useSelection } from "./use-selection.js";
import type { TopicOptions } from "./use-topic.js";
import type { Skip } from "./use-topic-store.js";

export interface QuoteOptions<Value = QuoteData> extends TopicOptions<QuoteData, Value> {
  /** The rate at which the quote is sent: on every change, or about once a minute. @default "fast" */
  readonly speed?: QuoteSpeed;
}

const empty = () => EMPTY_QUOTE;
const SKIPPED: QuoteState = { ...EMPTY_QUOTE, status: "skipped" };

/**
 * Returns the quote of a symbol. The symbols of all components are subscribed to together, in as few topics as possible, so a
 * watch list can be a list of components that each have one symbol.
 *
 * @throws ClientError `invalid_option` if the symbol is not 1 to 64 characters long
 */
export function useQuote<Value = QuoteData>(
  symbol: string | Skip,
  { speed = "fast", select, isEqual = Object.is, flush, ...options }: QuoteOptions<Value> = {},
): TopicValue<Value> {
  const context = useClientContext();
  const shared = React.useMemo(() => {
    if (symbol === null) return undefined;
    assertSymbol(symbol);
    return {
      ...context,
      id: `quote ${speed} ${symbol}`,
      create: (initial: QuoteState) => quoteBoardOf(context.client).watch(symbol, speed, initial),
      initial: context.hydration?.quote(symbol) ?? empty,
      isReady: ({ quote }: QuoteState) => quote !== undefined,
    };
  }, [context, symbol, speed]);
  suspend(shared, options);
  const store = React.useMemo(() => sharedStoreArguments(shared, SKIPPED, flush), [shared, flush]);
  return useSelection<QuoteState, TopicValue<Value>>(
    store,
    ({ quote, ...result }) => ({
      ...result,
      value: quote !== undefined && select ? select(quote) : (quote as Value | undefined),
    }),
    (one, other) => isSameValue(one.value, other.value, isEqual),
    [select, isEqual],
  );
}
