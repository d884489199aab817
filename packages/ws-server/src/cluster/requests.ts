import { WsServerError } from "../errors.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/logger.js";
import { withTimeout } from "../platform/timeout.js";
import type { Bus, Claim } from "./bus.js";
import { encodeNodeMessage, type NodeMessage, type ReplyStatus } from "./messages.js";
import type { ClusterTimings } from "./timings.js";

/** Maximum size of a request's body. */
const MAX_REQUEST_BYTES = 65_536;
/** Maximum size of a reply's body. */
const MAX_REPLY_BYTES = 4_194_304;
/** Requests of this node that may wait for their replies together. */
const MAX_PENDING = 1_000;
/** Requests of other nodes that may be handled together. */
const MAX_RUNNING = 4_000;
/** Time without a reply after which it is checked whether the node still holds the key. */
const LOOK_MS = 1_000;
/** Nodes whose last request is remembered. */
const MAX_NODES = 1_000;

/** A request between nodes, as received and sent. */
export type RequestMessage = NodeMessage & { readonly type: "request" };
export type ReplyMessage = NodeMessage & { readonly type: "reply" };

/** Handles the requests for a key. If it throws, the requester gets `handler_failed` without the reason. */
export type RequestHandler = (body: string) => string | Promise<string>;

/** The codes of a {@link RequestError}. */
export type RequestErrorCode =
  /** No node holds the key, or the one that does has no handler. */
  | "no_holder"
  /** The bus is down. */
  | "bus_down"
  /** Too many requests wait for replies, on this node or on the holder, or the bus has no room. */
  | "too_busy"
  /** The request is larger than 64 kB. */
  | "request_too_large"
  /** The request was handled, but its reply is larger than 4 MB. */
  | "reply_too_large"
  /** The handler threw. */
  | "handler_failed"
  /** There was no reply in time: the request, or only its reply, was lost. */
  | "no_reply"
  /** This node was closed. */
  | "closed";

/** The reason for which a request got no reply. */
export class RequestError extends WsServerError {
  override readonly name = "RequestError";
  declare readonly code: RequestErrorCode;
  /** Whether the holder may have handled the request. If not, nothing has happened. */
  readonly mayBeHandled: boolean;

  constructor(code: RequestErrorCode, message: string, mayBeHandled: boolean) {
    super(code, message, { retryable: !mayBeHandled && code !== "request_too_large" });
    this.mayBeHandled = mayBeHandled;
  }
}

/** The services that requests use. */
export interface RequestServices {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timings: ClusterTimings;
}

interface Pending {
  readonly key: string;
  readonly holder: string;
  /** When it was sent. */
  readonly at: number;
  readonly settle: (reply: string | RequestError) => void;
}

/**
 * Requests from any node to the one that holds a key, each with one reply. A request is handled at most once: what is lost is not
 * sent again, because only the requester knows whether that is safe.
 */
export class Requests {
  readonly #services: RequestServices;
  readonly #handlers = new Map<string, RequestHandler>();
  /** The requests that wait for their replies, by id. */
  readonly #pending = new Map<number, Pending>();
  #waiting = 0;
  #running = 0;
  #lastId = 0;
  /** The questions for the holder of a key: requests of the same moment ask once. */
  readonly #finding = new Map<string, Promise<Claim | undefined>>();
  /** The id of the last request of each node, the node that was silent longest first. Nodes send them in ascending order. */
  readonly #lastOf = new Map<string, number>();
  #isCongested = false;
  #isClosed = false;

  constructor(services: RequestServices) {
    this.#services = services;
  }

  /** Whether the connection to the other nodes is open. */
  get isUp(): boolean {
    return this.#services.bus.isUp;
  }

  /** Number of requests that wait for their replies. */
  get pending(): number {
    return this.#waiting;
  }

  /**
   * Sends a request to the node that holds a key.
   *
   * @param body at most 64 kB; a reply has at most 4 MB
   * @param timeoutMs time limit on this node's clock, including the search for the holder
   * @returns the handler's reply
   * @throws RequestError
   */
  async send(key: string, body: string, timeoutMs: number): Promise<string> {
    const { bus, clock } = this.#services;
    const start = clock.monotonic();
    this.#assertSendable(body);
    this.#waiting++;
    try {
      const claim = await this.#find(key, timeoutMs);
      if (claim === undefined) throw unhandled("no_holder", `No node holds the key "${key}"`);
      // mutant: whole-limit
      const leftMs = timeoutMs - (clock.monotonic() - start);
      if (this.#isClosed) throw closed(false);
      if (!bus.isUp || leftMs <= 0) throw unhandled("bus_down", "The connection to the other nodes is broken");
      return await this.#request(claim, body, leftMs);
    } finally {
      this.#waiting--;
    }
  }

  /**
   * Sends a request to a node, which handles it if it has a handler for the key, whether or not it holds that.
   *
   * @throws RequestError as `send` does; `no_holder` if the node has no handler
   */
  async sendTo(node: string, key: string, body: string, timeoutMs: number): Promise<string> {
    this.#assertSendable(body);
    this.#waiting++;
    try {
      return await this.#request({ key, node }, body, timeoutMs);
    } finally {
      this.#waiting--;
    }
  }

  /** Returns the node that holds a key; undefined if none does. @throws RequestError `bus_down` */
  async holderOf(key: string): Promise<string | undefined> {
    return (await this.#find(key, this.#services.timings.answerMs))?.node;
  }

  /** Handles the requests for a key, while this node holds it. @returns removes the handler */
  handle(key: string, handler: RequestHandler): () => void {
    if (this.#handlers.has(key)) throw new WsServerError("invalid_option", `The key "${key}" has a handler already`);
    this.#handlers.set(key, handler);
    return () => {
      if (this.#handlers.get(key) === handler) this.#handlers.delete(key);
    };
  }

  /** A request of another node, or of this one. */
  onRequest(from: string, { id, key, body }: RequestMessage): void {
    // mutant: handle-once
    if (!this.#isNew(from, id)) return;
    const handler = this.#handlers.get(key);
    if (handler === undefined) this.#reply(from, id, "no_holder");
    else if (/* mutant: limit-running */ this.#running >= MAX_RUNNING) this.#reply(from, id, "too_busy");
    else void this.#handle(from, id, () => handler(body));
  }

  /** The reply to a request of this node. A late one is ignored. */
  onReply(from: string, { id, status, body }: ReplyMessage): void {
    const pending = this.#pending.get(id);
    // mutant: reply-of-holder
    if (pending?.holder !== from) return;
    pending.settle(status === "ok" ? body : errorOf(status));
  }

  /** The bus has room again. */
  onDrain(): void {
    this.#isCongested = false;
  }

  /** Gives requests up whose key another node has claimed since: their replies are probably lost. Called regularly. */
  tick(): void {
    const sentBefore = this.#services.clock.monotonic() - LOOK_MS;
    const slow = [...this.#pending.values()].filter(({ at }) => at <= sentBefore);
    for (const key of new Set(slow.map((request) => request.key))) {
      this.#find(key, this.#services.timings.answerMs).then(
        (claim) => {
          // mutant: give-up-moved
          if (claim !== undefined) this.#giveUp(slow, claim);
        },
        () => {},
      );
    }
  }

  #giveUp(slow: readonly Pending[], { key, node }: Claim): void {
    for (const request of slow) {
      if (request.key !== key || request.holder === node) continue;
      request.settle(new RequestError("no_reply", `The node ${request.holder} does not hold "${key}" any more`, true));
    }
  }

  close(): void {
    this.#isClosed = true;
    // mutant: reject-on-close
    for (const { settle } of [...this.#pending.values()]) settle(closed(true));
  }

  #assertSendable(body: string): void {
    const bytes = Buffer.byteLength(body);
    if (this.#isClosed) throw closed(false);
    // mutant: limit-request
    if (bytes > MAX_REQUEST_BYTES) {
      throw unhandled("request_too_large", `The request has ${bytes} bytes, the maximum is ${MAX_REQUEST_BYTES}`);
    }
    if (!this.#services.bus.isUp) throw unhandled("bus_down", "The connection to the other nodes is broken");
    // mutant: limit-pending
    if (this.#waiting >= MAX_PENDING || this.#isCongested) {
      throw unhandled("too_busy", "Too many requests wait for the replies of other nodes");
    }
  }

  #find(key: string, timeoutMs: number): Promise<Claim | undefined> {
    const known = this.#finding.get(key);
    // mutant: find-once
    if (known !== undefined) return known;
    const { bus, clock, timings } = this.#services;
    const late = () => new Error("No answer");
    // mutant: find-in-time
    const found = withTimeout(clock, Math.min(timeoutMs, timings.answerMs), bus.find(key), late)
      .catch(() => {
        throw unhandled("bus_down", "The node that holds the key could not be found in time");
      })
      .finally(() => this.#finding.delete(key));
    this.#finding.set(key, found);
    return found;
  }

  #request({ key, node: holder }: Pick<Claim, "key" | "node">, body: string, timeoutMs: number): Promise<string> {
    const { bus, clock } = this.#services;
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const cancel = clock.after(timeoutMs, () =>
        settle(new RequestError("no_reply", `The node ${holder} did not reply within ${timeoutMs} ms`, true)),
      );
      const settle = (reply: string | RequestError) => {
        cancel();
        this.#pending.delete(id);
        if (typeof reply === "string") resolve(reply);
        else reject(reply);
      };
      this.#pending.set(id, { key, holder, at: clock.monotonic(), settle });
      if (!bus.send(holder, encodeNodeMessage({ type: "request", id, key, body }))) this.#isCongested = true;
    });
  }

  #isNew(from: string, id: number): boolean {
    const last = this.#lastOf.get(from) ?? 0;
    this.#lastOf.delete(from);
    this.#lastOf.set(from, Math.max(id, last));
    // mutant: limit-nodes
    if (this.#lastOf.size > MAX_NODES) this.#lastOf.delete(this.#lastOf.keys().next().value as string);
    return id > last;
  }

  async #handle(from: string, id: number, handle: () => string | Promise<string>): Promise<void> {
    this.#running++;
    try {
      const body = await handle();
      // mutant: limit-reply
      if (Buffer.byteLength(body) > MAX_REPLY_BYTES) this.#reply(from, id, "reply_too_large");
      else this.#reply(from, id, "ok", body);
    } catch (error) {
      this.#services.logger.error("A request of another node failed", { from, error });
      this.#reply(from, id, "handler_failed");
    } finally {
      this.#running--;
    }
  }

  #reply(to: string, id: number, status: ReplyStatus, body = ""): void {
    if (this.#isClosed) return;
    if (!this.#services.bus.send(to, encodeNodeMessage({ type: "reply", id, status, body }))) this.#isCongested = true;
  }
}

/** Returns the error for a reply without a result. */
function errorOf(status: Exclude<ReplyStatus, "ok">): RequestError {
  switch (status) {
    case "no_holder":
      return unhandled(status, "The node does not hold the key any more");
    case "too_busy":
      return unhandled(status, "The node that holds the key has too many requests");
    case "reply_too_large":
      return new RequestError(status, `The reply is larger than the maximum, ${MAX_REPLY_BYTES} bytes`, true);
    case "handler_failed":
      return new RequestError(status, "The node that holds the key failed to handle the request", true);
  }
}

function unhandled(code: RequestErrorCode, message: string): RequestError {
  return new RequestError(code, message, false);
}

function closed(mayBeHandled: boolean): RequestError {
  return new RequestError("closed", "This node of the cluster is closed", mayBeHandled);
}
