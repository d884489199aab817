/** A program that uses what TypeScript has to infer. Assignments to annotated constants check the inferred types. */
export const PROGRAM = `
import { type Client, type ClientRoute, createClient } from "@trading/ws-client";
import { skip, useCollection, useTopic } from "@trading/ws-client/react";
import { useTopic as useSvelteTopic } from "@trading/ws-client/svelte";
import { MemoryServer } from "@trading/ws-client/testing";
import { useTopic as useVueTopic } from "@trading/ws-client/vue";
import { bars, orders, quotes } from "@trading/topic/shapes";

const client = createClient({ url: "ws://localhost:8000/api/v1/ws", routes: { bars, quotes } });
const AAPL = { symbol: "AAPL", resolution: "1" } as const;
const stop = client.subscribe(bars, AAPL, (bar) => bar.close.toFixed());
stop();
client.subscribe("quotes", { symbols: ["AAPL"], fast_symbols: [] }, { onUpdate: ({ n }) => n.length });
export const closes = async (): Promise<number> => {
  for await (const { close } of client.stream("bars", AAPL)) return close;
  return 0;
};
export const close: number | undefined = useTopic(bars, AAPL, { select: (bar) => bar.close }).value;
export const ids: readonly string[] = useCollection(orders, skip).items.map(({ id }) => id);
export const vue: number | undefined = useVueTopic(bars, () => ({ symbol: "AAPL", resolution: "1" as const })).value.value?.close;
export const svelte: number | undefined = useSvelteTopic(bars, () => ({ symbol: "AAPL", resolution: "1" as const })).current.value?.close;
new MemoryServer({ routes: { bars } }).publish("bars", AAPL, { time: 1, open: 1, high: 1, low: 1, close: 1, volume: 1 });

/** A wrapper whose route is a type parameter. */
export function useAny<Params extends object, Update>(route: ClientRoute<Params, Update>, params: Params) {
  const { value } = useTopic(route, params);
  return value;
}
export const wrapped: number | undefined = useAny(bars, AAPL)?.close;
/** Any client is a \`Client\`. */
export const any: Client = client;
`;

/** A program whose lines have one mistake each. */
export const MISTAKES = `
import { createClient } from "@trading/ws-client";
import { useTopic } from "@trading/ws-client/react";
import { useTopic as useSvelteTopic } from "@trading/ws-client/svelte";
import { MemoryServer } from "@trading/ws-client/testing";
import { useTopic as useVueTopic } from "@trading/ws-client/vue";
import { bars } from "@trading/topic/shapes";
const client = createClient({ url: "ws://localhost:8000/api/v1/ws", routes: { bars } });
const server = new MemoryServer({ routes: { bars } });
client.subscribe(bars, { symbol: "AAPL", resolution: "7" }, () => {});
client.subscribe("bars", { symbol: "AAPL", resolution: "7" }, () => {});
client.subscribe("trades", { symbol: "AAPL" }, () => {});
client.subscribe("bars", { symbol: "AAPL", resolution: "1" }, (bar) => bar.last);
client.stream(bars, { symbol: 5, resolution: "1" });
server.publish("bars", { symbol: "AAPL", resolution: "1" }, { time: 1, open: 1, high: 1, low: 1, close: "1", volume: 1 });
server.publish("trades", { symbol: "AAPL" }, {});
server.refuse("trades", "forbidden", "Not allowed");
useTopic(bars, { symbol: "AAPL", resolution: "7" });
useVueTopic(bars, { symbol: 5, resolution: "1" });
useSvelteTopic(bars, { symbol: 5, resolution: "1" });
`;

const RESOLUTION = `Type '"7"' is not assignable to type '"1" | "15" | "30" | "5" | "60" | "D" | "M" | "W"'.`;
const NAME = `Argument of type '"trades"' is not assignable to parameter of type 'ClientRoute<any, any> | "bars"'.`;

/** The problems in `MISTAKES`, the same in each version of TypeScript. */
export const MISTAKES_OF_THE_COMPILER = [
  `mistakes.mts(10,42): ${RESOLUTION}`,
  `mistakes.mts(11,44): ${RESOLUTION}`,
  `mistakes.mts(12,18): ${NAME}`,
  "mistakes.mts(13,76): Property 'last' does not exist on type 'Bar'.",
  "mistakes.mts(14,23): Type 'number' is not assignable to type 'string'.",
  "mistakes.mts(15,98): Type 'string' is not assignable to type 'number'.",
  `mistakes.mts(16,16): ${NAME}`,
  `mistakes.mts(17,15): ${NAME}`,
  `mistakes.mts(18,34): ${RESOLUTION}`,
  "mistakes.mts(19,21): Type 'number' is not assignable to type 'string'.",
  "mistakes.mts(20,24): Type 'number' is not assignable to type 'string'.",
];
