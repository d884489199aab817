import { SourceError } from "@trading/ws-server";
import type { z } from "zod";
import type { FastifyZod } from "../../http/fastify-zod.js";
import { Problem } from "../../http/problem.js";
import { addNotes } from "../../http/request-notes.js";
import type { BrokerService } from "./broker.js";
import { Refusal, type RefusalCode } from "./engine/refusal.js";
import type { OrderRow } from "./engine/rows.js";
import type { OrderRequest } from "./engine/terms.js";
import {
  toAccountState,
  toExecution,
  toLeveragePreviewResult,
  toPlacedOrder,
  toPosition,
  toPreviewResult,
} from "./engine/wire.js";
import * as schemas from "./rest-schemas.js";

/** Maximum number of executions per reply, the newest. */
const MAX_EXECUTIONS = 1_000;

/** HTTP status of refusals; 422 for the others. */
const STATUSES: Partial<Record<RefusalCode, number>> = {
  invalid_account: 400,
  invalid_key: 400,
  unknown_order: 404,
  unknown_position: 404,
  account_halted: 403,
  not_working: 409,
  already_triggered: 409,
  already_closing: 409,
};

/** Returns the problem that reports a refusal, or an unknown outcome; any other error as it is. */
export function toProblem(error: unknown): unknown {
  if (error instanceof Refusal) return new Problem(STATUSES[error.code] ?? 422, error.message, error.code);
  // Without Retry-After: it is unknown whether the command was executed, so only a request with an Idempotency-Key can
  // be repeated without checking.
  if (error instanceof SourceError && error.code === "in_doubt") return new Problem(503, error.message, error.code);
  return error;
}

/** Registers the broker's HTTP endpoints: the part `BrokerRest` of the client's REST interface. */
export function brokerRest(rest: FastifyZod, broker: BrokerService): void {
  rest.setErrorHandler((error) => {
    throw toProblem(error);
  });
  rest.get(
    "/account",
    {
      schema: {
        operationId: "getAccount",
        summary: "An account with its balance, equity and margin",
        querystring: schemas.accountQuery,
        response: { 200: schemas.accountReply },
      },
    },
    async ({ query }) => {
      const { account, valuation } = await broker.snapshot(query.accountId);
      return toAccountState(account, valuation);
    },
  );
  ordersRest(rest, broker);
  positionsRest(rest, broker);
  leverageRest(rest, broker);
}

function ordersRest(rest: FastifyZod, broker: BrokerService): void {
  rest.get(
    "/orders",
    {
      schema: {
        operationId: "listOrders",
        summary: "Working orders, and those of the last 1,000 that finished within ten minutes; oldest first",
        querystring: schemas.ordersQuery,
        response: { 200: schemas.ordersReply },
      },
    },
    async ({ query }) => pageOf((await broker.snapshot(query.accountId)).orders, query).map(toPlacedOrder),
  );

  rest.post(
    "/orders",
    {
      schema: {
        operationId: "placeOrder",
        summary: "Places an order",
        querystring: schemas.accountQuery,
        headers: schemas.keyHeaders,
        body: schemas.orderBody,
        response: { 200: schemas.placedReply },
      },
    },
    async (request) => {
      const { query, body, headers } = request;
      const { id, status } = await broker.place(query.accountId, toRequest(body), headers["idempotency-key"]);
      const { symbol, side, qty, type } = body;
      addNotes(request, { order: id, symbol, side, qty, type, orderStatus: status });
      return { orderId: id };
    },
  );

  rest.post(
    "/orders/preview",
    {
      schema: {
        operationId: "previewOrder",
        summary: "Previews the cost and margin of an order",
        querystring: schemas.accountQuery,
        body: schemas.orderBody,
        response: { 200: schemas.previewReply },
      },
    },
    async ({ query, body }) => toPreviewResult(await broker.preview(query.accountId, toRequest(body))),
  );

  rest.put(
    "/orders/:id",
    {
      schema: {
        operationId: "modifyOrder",
        summary: "Modifies a working order; omitted brackets are removed",
        querystring: schemas.accountQuery,
        headers: schemas.keyHeaders,
        params: schemas.idParams,
        body: schemas.orderBody,
        response: { 204: schemas.doneReply },
      },
    },
    async ({ query, params, body, headers }, reply) => {
      await broker.modify(query.accountId, params.id, toRequest(body), headers["idempotency-key"]);
      return reply.status(204).send(null);
    },
  );

  rest.delete(
    "/orders/:id",
    {
      schema: {
        operationId: "cancelOrder",
        summary: "Cancels a working order",
        querystring: schemas.accountQuery,
        headers: schemas.keyHeaders,
        params: schemas.idParams,
        response: { 204: schemas.doneReply },
      },
    },
    async ({ query, params, headers }, reply) => {
      await broker.cancel(query.accountId, params.id, headers["idempotency-key"]);
      return reply.status(204).send(null);
    },
  );
}

function positionsRest(rest: FastifyZod, broker: BrokerService): void {
  rest.get(
    "/positions",
    {
      schema: {
        operationId: "listPositions",
        summary: "Open positions",
        querystring: schemas.accountQuery,
        response: { 200: schemas.positionsReply },
      },
    },
    async ({ query }) => (await broker.snapshot(query.accountId)).positions.map(toPosition),
  );

  rest.delete(
    "/positions/:id",
    {
      schema: {
        operationId: "closePosition",
        summary: "Closes a position with a market order",
        querystring: schemas.closeQuery,
        headers: schemas.keyHeaders,
        params: schemas.idParams,
        response: { 204: schemas.doneReply },
      },
    },
    async ({ query, params, headers }, reply) => {
      await broker.closePosition(query.accountId, params.id, query.amount, headers["idempotency-key"]);
      return reply.status(204).send(null);
    },
  );

  rest.put(
    "/positions/:id/brackets",
    {
      schema: {
        operationId: "setPositionBrackets",
        summary: "Sets the take profit and stop loss of a position; omitted ones are removed",
        querystring: schemas.accountQuery,
        headers: schemas.keyHeaders,
        params: schemas.idParams,
        body: schemas.bracketsBody,
        response: { 204: schemas.doneReply },
      },
    },
    async ({ query, params, body, headers }, reply) => {
      await broker.editBrackets(query.accountId, params.id, body, headers["idempotency-key"]);
      return reply.status(204).send(null);
    },
  );

  rest.get(
    "/executions/:symbol",
    {
      schema: {
        operationId: "listExecutions",
        summary: `Fills of a symbol, oldest first, at most the newest ${MAX_EXECUTIONS}`,
        querystring: schemas.accountQuery,
        params: schemas.symbolParams,
        response: { 200: schemas.executionsReply },
      },
    },
    async ({ query, params }) =>
      (await broker.executions(query.accountId, params.symbol, MAX_EXECUTIONS)).map(toExecution),
  );
}

function leverageRest(rest: FastifyZod, broker: BrokerService): void {
  rest.get(
    "/leverage/info",
    {
      schema: {
        operationId: "getLeverage",
        summary: "An account's leverage, which applies to all symbols",
        querystring: schemas.leverageQuery,
        response: { 200: schemas.leverageReply },
      },
    },
    async ({ query }) => {
      const { leverage, max } = await broker.leverage(query.accountId);
      return { title: "Account leverage", leverage, min: 1, max, step: 1 };
    },
  );

  rest.put(
    "/leverage/set",
    {
      schema: {
        operationId: "setLeverage",
        summary: "Sets an account's leverage, for all symbols",
        querystring: schemas.accountQuery,
        headers: schemas.keyHeaders,
        body: schemas.leverageBody,
        response: { 200: schemas.leverageSetReply },
      },
    },
    async ({ query, body, headers }) => ({
      leverage: await broker.setLeverage(query.accountId, body.leverage, headers["idempotency-key"]),
    }),
  );

  rest.post(
    "/leverage/preview",
    {
      schema: {
        operationId: "previewLeverage",
        summary: "Previews the margin with another leverage",
        querystring: schemas.accountQuery,
        body: schemas.leverageBody,
        response: { 200: schemas.leveragePreviewReply },
      },
    },
    async ({ query, body }) => toLeveragePreviewResult(await broker.previewLeverage(query.accountId, body.leverage)),
  );
}

/** Returns the last orders before one of them. @throws Refusal unknown_order */
function pageOf(orders: readonly OrderRow[], { limit, before }: z.output<typeof schemas.ordersQuery>) {
  const end = before === undefined ? orders.length : orders.findIndex(({ id }) => id === before);
  if (end < 0) {
    const remedy = "begin with the newest orders again, without before";
    throw new Refusal("unknown_order", `The order ${JSON.stringify(before)} is not listed: ${remedy}`);
  }
  return orders.slice(limit === undefined ? 0 : Math.max(0, end - limit), end);
}

/** Converts an order with TradingView's member names. */
function toRequest({ duration, ...order }: z.output<typeof schemas.orderBody>): OrderRequest {
  return { ...order, timeInForce: duration?.type, expiresAt: duration?.datetime };
}
