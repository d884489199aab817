import type { BarsQuery, Rest } from "../../src/tradingview/index.js";

/** A server's REST routes in memory: what a test does not set is refused. */
export function fakeRest(routes: Partial<Rest> = {}) {
  /** The requests, as `name` and what was asked. */
  const requests: [name: string, ...values: unknown[]][] = [];
  const rest = new Proxy({} as Rest, {
    get(_, name: keyof Rest) {
      return async (...values: unknown[]) => {
        requests.push([name, ...values.filter((value) => !(value instanceof AbortSignal))]);
        const route = routes[name] as ((...values: unknown[]) => Promise<unknown>) | undefined;
        if (route === undefined) throw new Error(`There is no ${name} here`);
        return route(...values);
      };
    },
  });
  return { rest, routes, requests };
}

/** Bars on a server, as the route `bars` gives them. */
export function historyOf(bars: { readonly time: number }[]) {
  return async ({ from, to }: BarsQuery) => ({
    bars: bars.filter(({ time }) => time >= from && time < to) as never[],
  });
}
