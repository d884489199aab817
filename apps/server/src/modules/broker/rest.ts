import { SourceError } from "@trading/ws-server";
import type { FastifyZod } from "../../http/fastify-zod.js";
import { Problem } from "../../http/problem.js";
import type { BrokerService } from "./broker.js";
import { Refusal, type RefusalCode } from "./engine/refusal.js";
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
  not_working: 409,
  already_triggered: 409,
  already_closing: 409,
};

/** Registers the broker's HTTP endpoints: the part `BrokerRest` of the client's REST interface. */
export function brokerRest(rest: FastifyZod, broker: BrokerService): void {
  rest.setErrorHandler((error) => {
    if (error instanceof Refusal) throw new Problem(STATUSES[error.code] ?? 422, error.message, error.code);
    // 500 rather than 503, because it is unknown whether the command was executed, so clients must not retry it
    // automatically.
    if (error instanceof SourceError && error.code === "in_doubt") throw new Problem(500, error.message, error.code);
    throw error;
  });
  rest.get(
    "/account",
    {
      schema: {
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
        summary: "Working orders, and orders that finished within the last ten minutes",
        querystring: schemas.accountQuery,
        response: { 200: schemas.ordersReply },
      },
    },
    async ({ query }) => (await broker.snapshot(query.accountId)).orders.map(toPlacedOrder),
  );

  rest.post(
    "/orders",
    {
      schema: {
        summary: "Places an order",
        querystring: schemas.accountQuery,
        headers: schemas.keyHeaders,
        body: schemas.orderBody,
        response: { 200: schemas.placedReply },
      },
    },
    async ({ query, body, headers }) => {
      const { id } = await broker.place(query.accountId, body, headers["idempotency-key"]);
      return { orderId: id };
    },
  );

  rest.post(
    "/orders/preview",
    {
      schema: {
        summary: "Previews the cost and margin of an order",
        querystring: schemas.accountQuery,
        body: schemas.orderBody,
        response: { 200: schemas.previewReply },
      },
    },
    async ({ query, body }) => toPreviewResult(await broker.preview(query.accountId, body)),
  );

  rest.put(
    "/orders/:id",
    {
      schema: {
        summary: "Modifies a working order; omitted brackets are removed",
        querystring: schemas.accountQuery,
        params: schemas.idParams,
        body: schemas.orderBody,
        response: { 204: schemas.doneReply },
      },
    },
    async ({ query, params, body }, reply) => {
      await broker.modify(query.accountId, params.id, body);
      return reply.status(204).send(null);
    },
  );

  rest.delete(
    "/orders/:id",
    {
      schema: {
        summary: "Cancels a working order",
        querystring: schemas.accountQuery,
        params: schemas.idParams,
        response: { 204: schemas.doneReply },
      },
    },
    async ({ query, params }, reply) => {
      await broker.cancel(query.accountId, params.id);
      return reply.status(204).send(null);
    },
  );
}

function positionsRest(rest: FastifyZod, broker: BrokerService): void {
  rest.get(
    "/positions",
    {
      schema: {
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
        summary: "Sets the take profit and stop loss of a position; omitted ones are removed",
        querystring: schemas.accountQuery,
        params: schemas.idParams,
        body: schemas.bracketsBody,
        response: { 204: schemas.doneReply },
      },
    },
    async ({ query, params, body }, reply) => {
      await broker.editBrackets(query.accountId, params.id, body);
      return reply.status(204).send(null);
    },
  );

  rest.get(
    "/executions/:symbol",
    {
      schema: {
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
        summary: "Sets an account's leverage, for all symbols",
        querystring: schemas.accountQuery,
        body: schemas.leverageBody,
        response: { 200: schemas.leverageSetReply },
      },
    },
    async ({ query, body }) => ({ leverage: await broker.setLeverage(query.accountId, body.leverage) }),
  );

  rest.post(
    "/leverage/preview",
    {
      schema: {
        summary: "Previews the margin with another leverage",
        querystring: schemas.accountQuery,
        body: schemas.leverageBody,
        response: { 200: schemas.leveragePreviewReply },
      },
    },
    async ({ query, body }) => toLeveragePreviewResult(await broker.previewLeverage(query.accountId, body.leverage)),
  );
}
