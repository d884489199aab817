import * as contract from "@trading/topic";
import { defineOperation, defineRoute, type ParamsSchema, type Route } from "@trading/topic";
import * as z from "zod/mini";
import type { AsyncApiService } from "../../src/async-api/service.js";
import { defineModule, type ServedRoute, serve, serveOperation } from "../../src/server/modules.js";

/** Every route of the contract. */
export const allRoutes = Object.values(contract).filter(
  (value): value is never => typeof value === "object" && "parseUpdate" in value,
) as unknown as readonly Route<unknown, unknown>[];

const source = { createTopic() {}, removeTopic() {} };

/** Returns a public route with these schemas, whose source never publishes. */
export function serveNothing(definition: { name: string; params: ParamsSchema; update: z.ZodMiniType }): ServedRoute {
  return serve(defineRoute({ ...definition, access: "public", summary: "A route of a test." }), source);
}

export const placeOrder = defineOperation({
  name: "orders.place",
  request: z.object({ symbol: z.string(), qty: z.number().check(z.positive()) }),
  reply: z.object({ orderId: z.string() }),
  access: "private",
  summary: "Places an order.",
});

/** All routes and operations, in two modules. */
export const service: AsyncApiService = {
  title: "Trading WebSockets",
  version: "1.0.0",
  path: "/api/v1/ws",
  modules: [
    defineModule({
      name: "datafeed",
      version: "1.0.0",
      description: "Market data.",
      routes: allRoutes.filter(({ access }) => access === "public").map((route) => serve(route, source)),
    }),
    defineModule({
      name: "broker",
      version: "1.0.0",
      tags: ["account"],
      routes: allRoutes.filter(({ access }) => access === "private").map((route) => serve(route, source)),
      operations: [serveOperation(placeOrder, () => ({ orderId: "1" }))],
    }),
  ],
};
