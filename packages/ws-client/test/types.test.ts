import type { Bar, QuoteData } from "@trading/topic";
import { bars as wholeBars } from "@trading/topic";
import { bars } from "@trading/topic/shapes";
import { expectTypeOf, test } from "vitest";
import type { Client } from "../src/index.js";
import { skip, useBars, useCollection, useEquity, useQuotes, useTopic, useTopicEvents } from "../src/react/index.js";

// The compiler is the test: neither function is called.

function subscribe(client: Client): void {
  client.subscribe(bars, { symbol: "A", resolution: "1" }, (bar) => expectTypeOf(bar).toEqualTypeOf<Bar>());
  client.subscribe(wholeBars, { symbol: "A", resolution: "1" }, (bar) => expectTypeOf(bar).toEqualTypeOf<Bar>());
  // @ts-expect-error no such resolution
  client.subscribe(bars, { symbol: "A", resolution: "7" }, () => {});
  // @ts-expect-error no such resolution
  client.subscribe(wholeBars, { symbol: "A", resolution: "7" }, () => {});
  // @ts-expect-error a parameter is missing
  client.subscribe(bars, { symbol: "A" }, () => {});
  // @ts-expect-error a parameter too many
  client.subscribe(bars, { symbol: "A", resolution: "1", depth: 5 }, () => {});
}

function useTopics(): void {
  expectTypeOf(useTopic(bars, { symbol: "A", resolution: "1" }).value).toEqualTypeOf<Bar | undefined>();
  useTopicEvents(bars, { symbol: "A", resolution: "1" }, (bar) => expectTypeOf(bar).toEqualTypeOf<Bar>());
  expectTypeOf(useTopic(bars, skip).value).toEqualTypeOf<Bar | undefined>();
  const select = ({ close }: Bar) => close;
  expectTypeOf(useTopic(bars, { symbol: "A", resolution: "1" }, { select }).value).toEqualTypeOf<number | undefined>();
  expectTypeOf(useCollection(bars, { symbol: "A", resolution: "1" }).items).toEqualTypeOf<readonly Bar[]>();
  expectTypeOf(useBars({ symbol: "A", resolution: "1" }).items).toEqualTypeOf<readonly Bar[]>();
  expectTypeOf(useQuotes({ symbols: ["A"] }).bySymbol).toEqualTypeOf<ReadonlyMap<string, QuoteData>>();
  expectTypeOf(useEquity(null, { select: ({ equity }) => equity }).value).toEqualTypeOf<number | undefined>();
  // @ts-expect-error no such resolution
  useTopic(bars, { symbol: "A", resolution: "7" });
  // @ts-expect-error a parameter is missing
  useCollection(bars, { symbol: "A" });
  // @ts-expect-error no such resolution
  useTopicEvents(bars, { symbol: "A", resolution: "7" }, () => {});
}

test("parameters are of the route's types, and the update is the route's", () => {
  expectTypeOf(subscribe).parameters.toEqualTypeOf<[Client]>();
  expectTypeOf(useTopics).parameters.toEqualTypeOf<[]>();
});
