import type { Message } from "@trading/topic";
import type { Principal } from "../auth/auth.js";
import type { WsServerError } from "../errors.js";
import type { Usage } from "../limits/usage.js";
import type { Subscriber } from "../topics/subscription.js";

/** The content of a reply. */
export interface Reply {
  /** "ok", or the error code. */
  readonly outcome: string;
  readonly payload: unknown;
}

/** Returns the error reply to a request that is not about a topic. */
export function refusedReply({ code, message, retryable }: WsServerError): Reply {
  return { outcome: code, payload: { status: "error", message, code, ...(retryable && { retryable }) } };
}

/** A reply whose content is built when its turn in the reply queue has come. */
export interface PendingReply {
  build(): Reply;
  /** Called once the reply is in the outbound queue. */
  onQueued?(): void;
}

/** The part of a connection that operations use. */
export interface OperationConnection extends Subscriber {
  readonly id: string;
  /** The client's address. */
  readonly address: string;
  readonly isOpen: boolean;
  /** Whether its updates are compact. */
  readonly isCompact: boolean;
  readonly usages: readonly Usage[];
  /** Undefined when the connection has not authenticated. */
  readonly principal: Principal | undefined;
  /** Changes whenever authorization decisions made before are no longer valid. */
  readonly authorizationVersion: number;
  /** Aborted when the connection closes. */
  readonly signal: AbortSignal;
  send(message: Message): void;
  /**
   * Replies to a request, in order with the other replies for its topic and, if the request has no id, for its type.
   *
   * @param reply never rejects. One that is not a promise is sent immediately, unless it has to wait for earlier ones
   */
  reply(request: Message, topic: string | undefined, reply: PendingReply | Promise<PendingReply>): void;
  /** Sets the authenticated principal, until its token expires. */
  authenticate(principal: Principal): void;
  /** Invalidates cached authorization decisions. */
  invalidateAuthorization(): void;
  /** Counts an error of the client and closes the connection at the limit. @returns whether it is still open */
  countError(): boolean;
}

/** Handles one request. Throws a `TopicError` when the request does not match its schema. */
export type Operation = (connection: OperationConnection, request: Message) => void;

/** The operations that a client can request, by message type. */
export type Operations = ReadonlyMap<string, Operation>;
