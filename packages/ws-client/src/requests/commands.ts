import type { OperationShape } from "@trading/topic/shapes";
import type { Core } from "../core.js";
import { ClientError } from "../errors.js";
import { refusalOf } from "../protocol/envelope.js";
import type { Waiter } from "./pending-requests.js";

export interface RequestOptions {
  /** How long the reply may take once the request is sent. In milliseconds; 0 = for ever. @default the client's replyTimeoutMs */
  readonly timeoutMs?: number;
  /** Stops waiting with its reason. What has been sent may be done all the same. */
  readonly signal?: AbortSignal;
  /**
   * Keeps the request until there is a connection, for so many milliseconds at most, instead of failing with `offline`.
   * It goes out once, with this id (at most 64 characters), by which the server may know it; who asks again with the same
   * id meanwhile waits for the same reply.
   * @default fails at once where there is no connection
   */
  readonly queue?: { readonly id: string; readonly ttlMs: number };
}

/** A request that has not been sent. */
interface Command {
  readonly isPrivate: boolean;
  readonly isQueued: boolean;
  send(): void;
  fail(error: unknown): void;
}

/** The requests that applications make: sent once, at once or never, unless they were given time. */
export class Commands {
  readonly #core: Core;
  readonly #waiting = new Set<Command>();
  /** Replies waited for, by the id the application gave. */
  readonly #byId = new Map<string, Promise<unknown>>();

  constructor(core: Core) {
    this.#core = core;
  }

  get size(): number {
    return this.#waiting.size;
  }

  request<Request, Reply>(
    operation: OperationShape<Request, Reply>,
    payload: Request,
    options: RequestOptions = {},
  ): Promise<Reply> {
    const { queue } = options;
    const known = queue && this.#byId.get(queue.id);
    if (known) return known as Promise<Reply>;
    const asked = this.#ask(operation, payload, options);
    if (queue) {
      const forget = () => this.#byId.delete(queue.id);
      this.#byId.set(queue.id, asked);
      asked.then(forget, forget);
    }
    return asked;
  }

  /** Sends what waited and may go out now. */
  flush(): void {
    for (const command of this.#waiting) {
      if (!this.#maySend(command.isPrivate)) continue;
      this.#waiting.delete(command);
      command.send();
    }
  }

  /** The connection is gone: who gave no time has waited for its login only. */
  disconnected(): void {
    for (const command of this.#waiting) {
      if (!command.isQueued)
        command.fail(new ClientError("offline", "The connection was lost before the request was sent"));
    }
  }

  end(error: ClientError): void {
    for (const command of this.#waiting) command.fail(error);
  }

  get #isOnline(): boolean {
    return this.#core.connection.state.status === "connected";
  }

  #maySend(isPrivate: boolean): boolean {
    return this.#isOnline && (!isPrivate || this.#core.login.isDone);
  }

  async #ask<Request, Reply>(
    { name, access, parseRequest, parseReply }: OperationShape<Request, Reply>,
    given: Request,
    { timeoutMs = this.#core.settings.replyTimeoutMs, signal, queue }: RequestOptions,
  ): Promise<Reply> {
    signal?.throwIfAborted();
    const payload = JSON.stringify(parseRequest ? parseRequest(given) : given) ?? "{}";
    // What is not known to be public may need the login.
    const isPrivate = access !== "public";
    if (!queue && !this.#isOnline) {
      throw new ClientError("offline", `${name} was not sent: there is no connection. Give it a queue to let it wait`);
    }
    let cancel = () => {};
    let onAbort = () => {};
    const reply = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      const waiter: Waiter = {
        replied: (payload) => (payload.status === "error" ? reject(refusalOf(payload, name)) : resolve(payload)),
        failed: (code) =>
          reject(new ClientError(code, `${name} was sent, and no reply came (${code}): it may have been done`)),
      };
      const command: Command = {
        isPrivate,
        isQueued: queue !== undefined,
        send: () => {
          cancel();
          this.#core.wire.send(name, payload, waiter, { timeoutMs, ...(queue && { id: queue.id }) });
        },
        fail: (error) => {
          this.#waiting.delete(command);
          reject(error);
        },
      };
      onAbort = () => command.fail(signal?.reason);
      signal?.addEventListener("abort", onAbort);
      if (this.#maySend(isPrivate)) return command.send();
      this.#waiting.add(command);
      const waitMs = queue?.ttlMs ?? timeoutMs;
      if (waitMs > 0) {
        const message = `${name} waited ${waitMs} ms for a connection, and was not sent`;
        cancel = this.#core.settings.clock.after(waitMs, () => command.fail(new ClientError("offline", message)));
      }
    });
    try {
      const payload = await reply;
      return parseReply ? parseReply(payload) : (payload as Reply);
    } finally {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }
}
