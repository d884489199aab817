import type { OperationShape } from "@trading/topic/shapes";
import { onAbort } from "../aborted.js";
import { ClientError } from "../errors.js";
import type { Settings } from "../options.js";
import { refusalOf } from "../protocol/envelope.js";
import { text } from "../text.js";
import { afterLimit } from "../timers.js";
import type { ReplyHandler } from "./pending-requests.js";

/** The maximum length of an id (PROTOCOL.md, Envelope). */
const MAX_ID_LENGTH = 64;

export interface RequestOptions {
  /** Milliseconds to wait for the reply once the request is sent; 0 = no limit. @default the client's replyTimeoutMs */
  readonly timeoutMs?: number;
  /** Rejects the request with the signal's reason. The server may execute a request that was sent all the same. */
  readonly signal?: AbortSignal;
  /**
   * Queues the request for at most `ttlMs` milliseconds until there is a connection, instead of failing with `offline`. It is
   * sent once, and its envelope has this id (1 to 64 characters), by which the server can recognize it. A second request
   * with the same id returns the same reply while the first is pending. With another id it fails with `invalid_option`, and
   * is not sent.
   * @default fails immediately without a connection
   */
  readonly queue?: { readonly id: string; readonly ttlMs: number };
}

/** The protocol, as seen by requests. */
export interface RequestSender {
  send(
    type: string,
    payload: string,
    handler: ReplyHandler,
    options: { readonly timeoutMs: number; readonly id?: string | undefined },
  ): void;
}

/** A request that has not been sent. */
interface WaitingRequest {
  /** Whether it waits for the login. */
  readonly isForUser: boolean;
  readonly isQueued: boolean;
  send(): void;
  fail(error: unknown): void;
}

/** The requests of the application. Each is sent once: immediately, or, if it has a queue, when there is a connection. */
export class ApplicationRequests {
  readonly #settings: Settings;
  readonly #sender: RequestSender;
  readonly #canSend: (isPrivate: boolean) => boolean;
  readonly #waiting = new Set<WaitingRequest>();
  /** The number of requests that have not been settled. */
  unsettled = 0;
  /** Pending replies, by the id in `queue`. */
  readonly #replies = new Map<string, Promise<unknown>>();

  /** @param canSend returns whether a request can be sent now; a private one needs a finished login */
  constructor(settings: Settings, sender: RequestSender, canSend: (isPrivate: boolean) => boolean) {
    this.#settings = settings;
    this.#sender = sender;
    this.#canSend = canSend;
  }

  /** The number of requests that wait to be sent. */
  get size(): number {
    return this.#waiting.size;
  }

  /** The user has changed: what was not sent for the previous one must not be sent for another. */
  userChanged(): void {
    for (const request of this.#waiting) {
      // mutant: fail-for-user
      if (request.isForUser)
        request.fail(new ClientError("offline", text`The user changed before the request was sent`));
    }
  }

  request<Request, Reply>(
    operation: OperationShape<Request, Reply>,
    payload: Request,
    options: RequestOptions = {},
  ): Promise<Reply> {
    const { queue } = options;
    if (queue && !(queue.id.length > 0 && queue.id.length <= MAX_ID_LENGTH)) {
      const message = text`Invalid option "queue.id": expected 1 to ${MAX_ID_LENGTH} characters, got "${queue.id}"`;
      return Promise.reject(new ClientError("invalid_option", message));
    }
    const same = queue && this.#replies.get(queue.id);
    if (same) return same as Promise<Reply>;
    this.unsettled++;
    const reply = this.#request(operation, payload, options).finally(() => {
      this.unsettled--;
      if (queue) this.#replies.delete(queue.id);
    });
    if (queue) this.#replies.set(queue.id, reply);
    return reply;
  }

  /** Sends the waiting requests that can be sent now. */
  sendAll(): void {
    for (const request of this.#waiting) {
      if (!this.#canSend(request.isForUser)) continue;
      // mutant: forget-sent
      this.#waiting.delete(request);
      request.send();
    }
  }

  /** The connection is lost. Requests without a queue were waiting for the login of this connection, and fail. */
  lost(): void {
    for (const request of this.#waiting) {
      if (!request.isQueued)
        request.fail(new ClientError("offline", text`Connection lost before the request was sent`));
    }
  }

  /** Fails every waiting request. */
  end(error: ClientError): void {
    for (const request of this.#waiting) request.fail(error);
  }

  async #request<Request, Reply>(
    { name, access, parseRequest, parseReply }: OperationShape<Request, Reply>,
    input: Request,
    { timeoutMs = this.#settings.replyTimeoutMs, signal, queue }: RequestOptions,
  ): Promise<Reply> {
    const payload = JSON.stringify(parseRequest ? parseRequest(input) : input) ?? "{}";
    // An operation of unknown access may need the login.
    const isPrivate = access !== "public";
    if (!queue && !this.#canSend(false)) {
      throw new ClientError("offline", text`${name} was not sent: no connection. Pass a queue to wait`);
    }
    let cancelWait = () => {};
    let stopListening = () => {};
    const reply = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      const handler: ReplyHandler = {
        replied: (payload) => {
          // Sent before the login, and refused for that reason.
          if (payload.code === "unauthorized" && !this.#canSend(isPrivate)) this.#waiting.add(request);
          else if (payload.status === "error") reject(refusalOf(payload, name));
          else resolve(payload);
        },
        failed: (code) =>
          reject(new ClientError(code, text`No reply to ${name} (${code}): the server may have executed it`)),
      };
      const request: WaitingRequest = {
        isForUser: isPrivate,
        isQueued: queue !== undefined,
        send: () => {
          cancelWait();
          this.#sender.send(name, payload, handler, { timeoutMs, id: queue?.id });
        },
        fail: (error) => {
          // mutant: forget-failed
          this.#waiting.delete(request);
          reject(error);
        },
      };
      stopListening = onAbort(signal, request.fail);
      if (this.#canSend(isPrivate)) return request.send();
      this.#waiting.add(request);
      const waitMs = queue?.ttlMs ?? timeoutMs;
      const message = text`${name} was not sent: no connection within ${waitMs} ms`;
      cancelWait = afterLimit(this.#settings.clock, waitMs, () => request.fail(new ClientError("offline", message)));
    });
    try {
      const payload = await reply;
      return parseReply ? parseReply(payload) : (payload as Reply);
    } finally {
      cancelWait();
      stopListening();
    }
  }
}
