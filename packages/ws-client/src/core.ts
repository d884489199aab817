import type { Login } from "./auth/login.js";
import type { Connection } from "./connection/connection.js";
import type { Heartbeat } from "./connection/heartbeat.js";
import type { ClientError } from "./errors.js";
import type { TapEvent } from "./inspection.js";
import type { Settings } from "./options.js";
import type { Wire } from "./protocol/protocol-handler.js";
import type { Commands } from "./requests/commands.js";
import type { Subscriptions } from "./subscriptions/subscriptions.js";

/**
 * The parts of one client, as they know each other. Each answers one question:
 *
 * - connection: is there a socket, and when is the next one? Knows nothing of frames.
 * - heartbeat: is the other end alive?
 * - wire: what is asked of the server, and what do its frames mean?
 * - login: may what is private be asked for?
 * - subscriptions: which topics are wanted, and who listens?
 * - commands: which requests of the application wait to be sent?
 */
export interface Core {
  readonly settings: Settings;
  readonly connection: Connection;
  readonly heartbeat: Heartbeat;
  readonly wire: Wire;
  readonly login: Login;
  readonly subscriptions: Subscriptions;
  readonly commands: Commands;
  /** Tells the taps. Never throws. */
  tell(event: TapEvent): void;
  /** Tells the application of an error. Never throws. */
  report(error: ClientError): void;
  /** Calls what is not ours; what it throws is reported with this code. @param what it is, for the error's text */
  guard(code: ClientError["code"], what: string, call: () => void, topic?: string): void;
}
