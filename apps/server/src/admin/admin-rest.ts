import type { IncomingMessage } from "node:http";
import type { FastifyZod } from "../http/fastify-zod.js";
import type { AdminActs } from "./admin-acts.js";
import * as schemas from "./admin-schemas.js";
import type { Operator } from "./audit.js";

/** Number of entries in a list unless the request has a limit. */
const LIMIT = 100;

/** Returns the operator of an authenticated request. */
type OperatorOf = (request: { readonly raw: IncomingMessage }) => Operator;

/** Registers the operators' endpoints. */
export function adminRest(rest: FastifyZod, acts: AdminActs, by: OperatorOf): void {
  socketRest(rest, acts, by);
  publishRest(rest, acts, by);
  tokensRest(rest, acts, by);
  accountsRest(rest, acts, by);
  logRest(rest, acts, by);
}

function socketRest(rest: FastifyZod, acts: AdminActs, by: OperatorOf): void {
  rest.get(
    "/connections",
    {
      schema: {
        operationId: "listConnections",
        summary: "Open connections",
        querystring: schemas.connectionsQuery,
        response: { 200: schemas.connectionsReply },
      },
    },
    async ({ query: { limit = LIMIT, ...filter } }) => {
      const { entries, total, missing } = await acts.connections(filter, limit);
      return {
        total,
        missing: [...missing],
        connections: entries.map(({ topics, subject = null, ...each }) => ({ ...each, subject, topics: [...topics] })),
      };
    },
  );
  rest.delete(
    "/connections/:id",
    {
      schema: {
        operationId: "closeConnection",
        summary: "Closes a connection",
        params: schemas.idParams,
        querystring: schemas.closeQuery,
        response: { 204: schemas.done },
      },
    },
    async (request, reply) => {
      const { code, reason } = request.query;
      await acts.closeConnection(by(request), request.params.id, code, reason);
      return reply.status(204).send(null);
    },
  );
  rest.get(
    "/topics",
    {
      schema: {
        operationId: "listTopics",
        summary: "Running topics",
        querystring: schemas.topicsQuery,
        response: { 200: schemas.topicsReply },
      },
    },
    async ({ query: { route, limit = LIMIT } }) => {
      const { entries, total, missing } = await acts.topics(route, limit);
      return { total, missing: [...missing], topics: [...entries] };
    },
  );
}

function publishRest(rest: FastifyZod, acts: AdminActs, by: OperatorOf): void {
  rest.post(
    "/publish",
    {
      schema: {
        operationId: "publish",
        summary: "Publishes updates to running topics, in this order, validated by their routes; all or none",
        body: schemas.publishBody,
        response: { 200: schemas.publishReply },
      },
    },
    async (request) => {
      const { published, notRunning } = await acts.publish(by(request), request.body.updates);
      return { published, notRunning: [...notRunning] };
    },
  );
  rest.post(
    "/trades/:symbol",
    {
      schema: {
        operationId: "sendTrades",
        summary: "Sends trades to the market of DATAFEED=external; bars, quotes, trades and fills follow from them",
        params: schemas.symbolParams,
        body: schemas.tradesBody,
        response: { 204: schemas.done },
      },
    },
    async (request, reply) => {
      await acts.trade(by(request), request.params.symbol, request.body);
      return reply.status(204).send(null);
    },
  );
}

function tokensRest(rest: FastifyZod, acts: AdminActs, by: OperatorOf): void {
  rest.get(
    "/revocations",
    {
      schema: {
        operationId: "listRevocations",
        summary: "Revoked subjects and tokens",
        response: { 200: schemas.revocationsReply },
      },
    },
    () => ({ revocations: [...acts.revocations] }),
  );
  rest.post(
    "/revocations",
    {
      schema: {
        operationId: "revoke",
        summary: "Refuses all tokens of a subject, or one token by its claim jti, and closes their connections",
        body: schemas.revocation,
        response: { 200: schemas.closedReply },
      },
    },
    async (request) => ({ closed: await acts.revoke(by(request), request.body) }),
  );
  rest.delete(
    "/revocations",
    {
      schema: {
        operationId: "restore",
        summary: "Accepts a revoked subject or token again",
        querystring: schemas.revocation,
        response: { 204: schemas.done },
      },
    },
    async (request, reply) => {
      await acts.restore(by(request), request.query);
      return reply.status(204).send(null);
    },
  );
}

function accountsRest(rest: FastifyZod, acts: AdminActs, by: OperatorOf): void {
  rest.get(
    "/accounts/:account/orders",
    {
      schema: {
        operationId: "listWorkingOrders",
        summary: "Working orders of an account",
        params: schemas.accountParams,
        response: { 200: schemas.ordersReply },
      },
    },
    async ({ params }) => ({ orders: [...(await acts.workingOrders(params.account))] }),
  );
  rest.delete(
    "/accounts/:account/orders",
    {
      schema: {
        operationId: "cancelAll",
        summary: "Cancels all working orders of an account, except the brackets of positions",
        params: schemas.accountParams,
        response: { 200: schemas.cancelledReply },
      },
    },
    async (request) => ({ cancelled: await acts.cancelAll(by(request), request.params.account) }),
  );
  rest.delete(
    "/accounts/:account/orders/:order",
    {
      schema: {
        operationId: "cancel",
        summary: "Cancels a working order",
        params: schemas.orderParams,
        response: { 204: schemas.done },
      },
    },
    async (request, reply) => {
      await acts.cancel(by(request), request.params.account, request.params.order);
      return reply.status(204).send(null);
    },
  );
  rest.put(
    "/accounts/:account/halt",
    {
      schema: {
        operationId: "halt",
        summary: "Refuses new orders of an account with account_halted; cancelling and closing stay possible",
        params: schemas.accountParams,
        body: schemas.haltBody,
        response: { 204: schemas.done },
      },
    },
    async (request, reply) => {
      await acts.halt(by(request), request.params.account, request.body.reason);
      return reply.status(204).send(null);
    },
  );
  rest.delete(
    "/accounts/:account/halt",
    {
      schema: {
        operationId: "resume",
        summary: "Accepts orders of a halted account again",
        params: schemas.accountParams,
        response: { 204: schemas.done },
      },
    },
    async (request, reply) => {
      await acts.halt(by(request), request.params.account, null);
      return reply.status(204).send(null);
    },
  );
}

function logRest(rest: FastifyZod, acts: AdminActs, by: OperatorOf): void {
  rest.get(
    "/log-level",
    {
      schema: {
        operationId: "getLogLevel",
        summary: "The minimum level of log lines",
        response: { 200: schemas.logLevel },
      },
    },
    () => ({ level: acts.logLevel }),
  );
  rest.put(
    "/log-level",
    {
      schema: {
        operationId: "setLogLevel",
        summary: "Sets the minimum level of log lines, until the next start or SIGHUP",
        body: schemas.logLevel,
        response: { 204: schemas.done },
      },
    },
    async (request, reply) => {
      await acts.setLogLevel(by(request), request.body.level);
      return reply.status(204).send(null);
    },
  );
}
