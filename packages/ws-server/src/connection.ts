import { type CloseCode, closeCodes, encodeMessage, type Message, parseMessage, TopicError } from "@trading/topic";
import type { Clock } from "./clock.js";
import { Outbox } from "./delivery.js";
import { Heartbeat } from "./heartbeat.js";
import type { Logger } from "./logger.js";
import type { Operations } from "./operations.js";
import type { ResolvedOptions } from "./options.js";
import { Replies } from "./replies.js";
import type { Frame, Socket, SocketHandlers } from "./socket.js";
import type { Subscriber } from "./subscription.js";

/** Peers have this long to answer the closing handshake before they are cut. */
const CLOSE_GRACE_MS = 1_000;

/** What an operation answers: the reply's payload, and what follows once it is queued. */
export interface Answer {
  readonly payload: object;
  readonly sent?: () => void;
}

/** What a connection tells its server. Each is called once. */
export interface ConnectionListener {
  /** Nothing may be delivered any more: the socket closes or has closed. */
  onLeave(): void;
  /** The socket has closed. */
  onClosed(): void;
}

/** One client's connection: reads requests, hands them to their operations, writes replies and updates. */
export class Connection implements Subscriber, SocketHandlers {
  readonly #socket: Socket;
  readonly #operations: Operations;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listener: ConnectionListener;
  readonly #outbox: Outbox;
  readonly #heartbeat: Heartbeat;
  readonly #replies = new Replies();
  /** Resolves when the socket has closed. */
  readonly closed: Promise<void>;
  #resolveClosed!: () => void;
  #open = true;
  #cancelCut = () => {};

  constructor(socket: Socket, operations: Operations, options: ResolvedOptions, listener: ConnectionListener) {
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#socket = socket;
    this.#operations = operations;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#listener = listener;
    this.#outbox = new Outbox(socket, options.maxBufferedBytes, () => this.close(closeCodes.overload));
    this.#heartbeat = new Heartbeat(
      options.clock,
      options.heartbeatIntervalMs,
      options.maxConnectionLifespanMs,
      (reason) => this.close({ ...closeCodes.timedOut, reason }),
    );
  }

  onText(text: string): void {
    if (!this.#open) return;
    this.#heartbeat.beat();
    try {
      // The transport has held the text to maxFrameBytes.
      const message = parseMessage(text, { maxLength: 0 });
      const operation = this.#operations.get(message.type);
      if (operation === undefined) this.close(closeCodes.noMatchingType);
      else operation(this, message);
    } catch (error) {
      const isRefusal = error instanceof TopicError;
      // A fault of ours ends this connection, not the process.
      if (!isRefusal) this.#logger.error("A request could not be handled", { error });
      this.close(isRefusal ? closeCodes.invalidPayload : closeCodes.internal);
    }
  }

  onBinary(): void {
    this.close(closeCodes.invalidPayload);
  }

  onBroken(): void {
    this.#leave();
  }

  onClose(): void {
    this.#leave();
    this.#cancelCut();
    this.#outbox.clear();
    this.#listener.onClosed();
    this.#resolveClosed();
  }

  deliver(topic: string, frame: Frame): void {
    if (this.#open) this.#outbox.update(topic, frame);
  }

  /** No update of this topic leaves any more, as long as the registry delivers none. */
  discard(topic: string): void {
    this.#outbox.discard(topic);
  }

  /** Answers a request, in its turn among the replies of its topic and, without an id, of its type. */
  reply(request: Message, topic: string, answer: Promise<Answer>): void {
    const { type, id } = request;
    const lanes = id === undefined ? [topic, type] : [topic];
    this.#replies.enqueue(lanes, answer, ({ payload, sent }) => {
      if (!this.#open) return;
      this.#outbox.reply(encodeMessage({ type: `${type}.response`, payload, ...(id !== undefined && { id }) }));
      sent?.();
    });
  }

  /**
   * Writes what is gathered, then closes. Everything held is released at once. A peer that does not answer in time is
   * cut, and what waits for it with it.
   */
  close({ code, reason }: Pick<CloseCode, "code" | "reason">): void {
    if (!this.#open) return;
    this.#outbox.flush();
    this.#socket.close(code, reason);
    this.#leave();
  }

  #leave(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#heartbeat.stop();
    this.#cancelCut = this.#clock.after(CLOSE_GRACE_MS, () => this.#socket.terminate());
    this.#listener.onLeave();
  }
}
