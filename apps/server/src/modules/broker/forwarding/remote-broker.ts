import { SourceError } from "@trading/ws-server";
import { RequestError } from "@trading/ws-server/cluster";
import { temporary } from "../broker-lease.js";
import { type BrokerCalls, brokerCalls, CALLS, type CallName } from "./calls.js";
import { encodeCall, parseOutcome } from "./encoding.js";

/** Time limit of a forwarded call: as long as a broker takes at most. */
export const FORWARD_MS = 10_000;

/** Sends a call to the server that runs the broker. @returns its reply @throws RequestError if there is none */
export type SendCall = (body: string) => Promise<string>;

/** A call that certainly did not reach a server that runs the broker. */
export class NotForwarded extends Error {
  override readonly name = "NotForwarded";
}

/**
 * Returns the broker that another server runs. A call has the same result or error as on that server. If there is no reply, a read rejects
 * as retryable, and a command with `in_doubt`: a request with an `Idempotency-Key` can be repeated on any server.
 *
 * @throws NotForwarded in addition
 */
export function remoteBroker(send: SendCall): BrokerCalls {
  return brokerCalls(async (name, args) => {
    const reply = await send(encodeCall(name, args)).catch((error: unknown) => {
      throw error instanceof RequestError ? failureOf(name, error) : error;
    });
    const outcome = parseOutcome(reply);
    if ("error" in outcome) throw outcome.error;
    return outcome.result;
  });
}

function failureOf(name: CallName, error: RequestError): Error {
  if (error.code === "too_busy") return temporary("too_busy", "The broker is overloaded");
  if (!error.mayBeHandled) return new NotForwarded(error.message, { cause: error });
  if (error.code === "reply_too_large") {
    return new SourceError("reply_too_large", "The reply is too large to be forwarded by this server: request less.");
  }
  // mutant: doubt-commands
  if (CALLS[name].isRead) return temporary("no_reply", "The server that runs the broker did not reply");
  return new SourceError(
    "in_doubt",
    "The server that runs the broker did not reply: the command may have been executed. Check before you repeat it.",
  );
}
