import { type AuthServices, forbidden, isAllowed } from "../auth/authentication.js";
import { WsServerError } from "../errors.js";
import type { RequestContext, ServedOperation } from "../server/modules.js";
import { type Operation, type OperationConnection, type PendingReply, refusedReply } from "./operation.js";

const INTERNAL = new WsServerError("internal", "The server failed. Its log has the details");

/** Returns a module's operation, which parses its requests and checks its replies. */
export function moduleOperation({ operation, handle }: ServedOperation, services: AuthServices): Operation {
  return (connection, request) => {
    connection.reply(request, undefined, replyTo(connection, operation.parseRequest(request.payload)));
  };

  /** Returns a promise only if the authorizer or the handler does. */
  function replyTo(connection: OperationConnection, payload: unknown): PendingReply | Promise<PendingReply> {
    if (operation.access !== "public") return replyIfAllowed(connection, payload).catch(refuse);
    try {
      const result = handle(payload, contextOf(connection));
      return isPromise(result) ? Promise.resolve(result).then(replyWith).catch(refuse) : replyWith(result);
    } catch (error) {
      return refuse(error);
    }
  }

  async function replyIfAllowed(connection: OperationConnection, payload: unknown): Promise<PendingReply> {
    // The handler gets the principal that was authorized, also if another one has logged in meanwhile.
    const context = contextOf(connection);
    if (!(await isAllowed(services, context.principal, operation, payload))) throw forbidden(context.principal);
    return replyWith(await handle(payload, context));
  }

  function replyWith(result: unknown): PendingReply {
    const reply = operation.parseReply(result);
    return { build: () => ({ outcome: "ok", payload: reply }) };
  }

  function refuse(error: unknown): PendingReply {
    if (error instanceof WsServerError) return { build: () => refusedReply(error) };
    services.logger.error("An operation failed", { operation: operation.name, error });
    return { build: () => refusedReply(INTERNAL) };
  }
}

function contextOf({ id: connectionId, principal, signal }: OperationConnection): RequestContext {
  return { connectionId, principal, signal };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}
