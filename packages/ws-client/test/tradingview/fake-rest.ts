import type { BarsQuery, Rest } from "../../src/rest/index.js";

/** Creates REST routes in memory. A route that the test does not set rejects. */
export function fakeRest(routes: Partial<Rest> = {}) {
  /** The method name and arguments of each request. */
  const requests: [name: string, ...values: unknown[]][] = [];
  const rest = new Proxy({} as Rest, {
    get(_, name: keyof Rest) {
      if (name === "session") return routes.session;
      return async (...values: unknown[]) => {
        requests.push([name, ...values.filter((value) => !(value instanceof AbortSignal))]);
        const route = routes[name] as ((...values: unknown[]) => Promise<unknown>) | undefined;
        if (route === undefined) throw new Error(`No route ${name} in this test`);
        return route(...values);
      };
    },
  });
  return { rest, routes, requests };
}

/** Returns the route `bars` for a list of bars. */
export function historyOf(bars: { readonly time: number }[]) {
  return async ({ from, to }: BarsQuery) => ({
    bars: bars.filter(({ time }) => time >= from && time < to) as never[],
  });
}
