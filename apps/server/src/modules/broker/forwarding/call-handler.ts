import { SourceError } from "@trading/ws-server";
import { Refusal } from "../engine/refusal.js";
import type { BrokerCalls } from "./calls.js";
import { encodeOutcome, parseCall } from "./encoding.js";

/**
 * Returns what executes the calls of other servers on a broker. Access to the account was checked by the server that forwards a
 * call.
 *
 * @throws Error for what is not a call, and for internal errors of the broker
 */
export function callHandler(broker: BrokerCalls): (body: string) => Promise<string> {
  return async (body) => {
    const { name, args } = parseCall(body);
    const call = broker[name] as (...args: readonly unknown[]) => Promise<unknown>;
    try {
      return encodeOutcome({ result: await call.apply(broker, args as unknown[]) });
    } catch (error) {
      if (error instanceof Refusal || error instanceof SourceError) return encodeOutcome({ error });
      throw error;
    }
  };
}
