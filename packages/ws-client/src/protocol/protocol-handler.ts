import { MAX_BATCH_BYTES } from "../connection/endpoint.js";
import { ClientError } from "../errors.js";
import type { Settings } from "../options.js";
import type { Reporter } from "../reporter.js";
import { PendingRequests, type ReplyHandler } from "../requests/pending-requests.js";
import type { Position } from "../subscriptions/listener.js";
import { text } from "../text.js";
import {
  count,
  type Envelope,
  invalid,
  keptText,
  readEnvelope,
  readUpdate,
  refusalOf,
  stringOf,
  type UpdateMessage,
} from "./envelope.js";

/** The shortest heartbeat interval that a server can request, in milliseconds. A shorter one would make the client flood it. */
const MIN_HEARTBEAT_MS = 200;

/** The messages of a server that are not replies. */
export interface ServerMessages {
  /** The first frame shows the protocol. `heartbeatIntervalMs` is 0 with the base protocol. */
  detected(isSession: boolean, heartbeatIntervalMs: number): void;
  tokenExpiring(): void;
  /** The server is about to shut down. */
  serverDraining(reconnectAfterMs: number): void;
  updateReceived(message: UpdateMessage): void;
  /** A snapshot or a recovery is complete. */
  stateCompleted(topic: string, position: Position): void;
  /** The server ended a topic. */
  topicEnded(topic: string, error: ClientError): void;
}

export interface SendOptions {
  /** The last members of the envelope, as JSON with a leading comma. @default "" */
  readonly extra?: string;
  /** @default the option replyTimeoutMs */
  readonly timeoutMs?: number | undefined;
  /** @default a new number */
  readonly id?: string | undefined;
}

/** Translates between calls and frames: writes requests, matches replies to them, and reads the server's messages. */
export class ProtocolHandler {
  readonly requests: PendingRequests;
  /** The protocol that the server speaks; undefined until its first frame. */
  protocol: "session" | "base" | undefined;
  /** The server's name for the connection; undefined with the base protocol. */
  connectionId: string | undefined;
  /** Whether the server echoes `id`. A legacy server does not, and counts subscribes: each needs its own unsubscribe. */
  echoesIds = false;
  readonly #settings: Settings;
  readonly #reporter: Reporter;
  readonly #write: (frame: string) => void;
  readonly #messages: ServerMessages;
  /** The maximum number of characters of a message with several frames; 0 if the server sends none. */
  #maxBatch = 0;

  /** @param write sends a frame on the connection */
  constructor(settings: Settings, reporter: Reporter, write: (frame: string) => void, messages: ServerMessages) {
    this.requests = new PendingRequests(settings.clock);
    this.#settings = settings;
    this.#reporter = reporter;
    this.#write = write;
    this.#messages = messages;
  }

  /** Sends a request. @param payload as JSON */
  send(
    type: string,
    payload: string,
    handler: ReplyHandler,
    { extra = "", timeoutMs = this.#settings.replyTimeoutMs, id }: SendOptions = {},
  ): void {
    const idText = JSON.stringify(this.requests.addRequest(type, timeoutMs, handler, id));
    const frame = `{"type":"${type}","payload":${payload},"id":${idText}${extra}}`;
    this.#put(frame, /* mutant: hide-token */ type === "auth.login" ? `{"type":"${type}","id":${idText}}` : frame);
  }

  /** Logs in. `replied` gets the error if the login fails, and the user, or `""` if the server does not name users. */
  login(token: string, replied: (refusal: ClientError | undefined, user: string) => void): void {
    this.send("auth.login", JSON.stringify({ token }), {
      replied: (payload) =>
        replied(payload.status === "ok" ? undefined : refusalOf(payload, "auth.login"), keptText(payload.subject)),
      failed: (code) => code === "no_reply" && replied(new ClientError(code, text`No reply to auth.login`), ""),
    });
  }

  /** Sends a ping. The server replies with a pong. */
  ping(): void {
    this.#put('{"type":"ping"}');
  }

  /** The connection is lost. */
  lost(): void {
    this.requests.failAll();
    this.echoesIds = false;
    this.#maxBatch = 0;
    this.protocol = this.connectionId = undefined;
  }

  /** Returns the frames of a received message. A longer one than the client requests is a frame, which its limits refuse. */
  framesOf(data: unknown): readonly unknown[] {
    return typeof data === "string" && data.length <= this.#maxBatch ? data.split("\n") : [data];
  }

  /** Reads a received frame. An invalid frame is reported, and the connection stays open. */
  receive(data: unknown): void {
    try {
      const { maxFrameLength, codec } = this.#settings;
      const envelope = readEnvelope(data, maxFrameLength, codec);
      if (!this.protocol) this.#detect(envelope);
      this.#dispatch(envelope);
    } catch (cause) {
      const isKnown = cause instanceof ClientError;
      // What the platform throws on a value of an unexpected type must not end a Node.js process.
      // mutant: report-unexpected
      this.#reporter.report(
        isKnown ? cause : new ClientError("invalid_message", text`Unreadable frame: ${cause}`, { cause }),
      );
    }
  }

  #detect({ type, payload }: Envelope): void {
    const isSession = type === "session.welcome";
    this.echoesIds = isSession;
    this.protocol = isSession ? "session" : "base";
    if (isSession) this.connectionId = keptText(payload.connectionId);
    if (isSession && payload.maxBatchBytes) this.#maxBatch = MAX_BATCH_BYTES;
    const intervalMs = count(payload.heartbeatIntervalMs);
    // mutant: min-heartbeat
    this.#messages.detected(isSession, intervalMs ? Math.max(intervalMs, MIN_HEARTBEAT_MS) : 0);
  }

  #dispatch(envelope: Envelope): void {
    const { type, payload } = envelope;
    const messages = this.#messages;
    const topic = stringOf(payload.topic);
    switch (type) {
      case "auth.expiring":
        messages.tokenExpiring();
        break;
      case "server.draining":
        messages.serverDraining(count(payload.reconnectAfterMs) ?? 0);
        break;
      case "subscription.current":
        messages.stateCompleted(topic, { epoch: keptText(payload.epoch), offset: count(payload.offset) ?? 0 });
        break;
      case "subscription.ended":
        messages.topicEnded(topic, refusalOf({ message: text`The server ended ${topic}`, ...payload }, topic, topic));
        break;
      case "error":
        if (!this.#reply(undefined, payload.id, { ...payload, status: "error" })) {
          this.#reporter.report(refusalOf(payload, "a frame"));
        }
        break;
      default:
        // Frames of other types belong to later versions of the protocol.
        if (type.endsWith(".update")) {
          messages.updateReceived(readUpdate(envelope));
        } else if (type.endsWith(".response")) this.#response(envelope);
    }
  }

  #response({ type, id, payload }: Envelope): void {
    if (id !== undefined) this.echoesIds = true;
    if (!this.#reply(type.slice(0, -".response".length), id, payload)) {
      throw invalid(text`The server sent a ${type} that matches no request`, JSON.stringify({ id, payload }));
    }
  }

  /** Returns whether a request was waiting for this reply. */
  #reply(type: string | undefined, id: unknown, payload: Envelope["payload"]): boolean {
    // An error without an id rejects a frame without saying which: it is known if only one has no reply.
    const isUnknown = type === undefined && id === undefined && this.requests.size !== 1;
    const handler = isUnknown ? undefined : this.requests.takeHandler(type, id);
    handler?.replied(payload);
    return handler !== undefined;
  }

  /** @param shown the frame for taps */
  #put(frame: string, shown = frame): void {
    this.#write(frame);
    this.#reporter.emit({ kind: "sent", frame: shown });
  }
}
