import { encodeMessage, type Message, parseMessage, type Route } from "@trading/topic";
import type { CompactForm } from "./compact-layout.js";
import { Frame } from "./frame.js";
import { encodeBody, SharedText, UpdateText } from "./update-text.js";

/** Encodes the updates of one topic. The part that all its frames share is built once. */
export interface UpdateEncoder {
  /** Encodes an update without its envelope. This text is sent to other nodes. */
  body(update: unknown): SharedText;
  /** Builds the frame for clients, on each node. */
  frame(offset: number, body: SharedText): Frame;
  /** Describes the `compact` form of its frames to clients that have requested it. @default the frames have none */
  readonly compact?: CompactForm;
}

/**
 * The encoding of messages.
 *
 * An implementation guarantees: `decode` limits the depth and the number of elements before any recursive code handles the
 * text, and refuses with a `TopicError`; `updates` encodes the same update to the same bytes; its frames return their `body`; no
 * frame contains a line feed, which separates the frames of a batch.
 */
export interface Codec {
  /** Whether clients can request compact updates, by the subprotocol `trading.v2.compact`. @default false */
  readonly hasCompactUpdates?: boolean;
  /** @param text within the frame limit @throws TopicError `invalid_message` */
  decode(text: string): Message;
  /** @param topic of the updates that the message belongs to: an unsubscribe discards them together */
  encode(message: Message, topic?: string): Frame;
  /**
   * Returns the encoder of a topic's updates: `{"type":"{route}.update","payload":{"topic":…,"offset":…,"payload":…}}`.
   *
   * @param schema the schema of the updates
   */
  updates(route: string, topic: string, schema?: Route<unknown, unknown>["update"]): UpdateEncoder;
}

/** JSON text frames (PROTOCOL.md, Envelope). */
export const jsonCodec: Codec = {
  // The transport has already limited the text to maxFrameBytes.
  decode: (text) => parseMessage(text, { maxLength: 0 }),
  encode: (message, topic) => new Frame(encodeMessage(message), topic),
  updates(route, topic) {
    const head = new SharedText(`{"type":"${route}.update","payload":{"topic":${JSON.stringify(topic)},"offset":`);
    return { body: encodeBody, frame: (offset, body) => new Frame(new UpdateText(head, offset, body), topic) };
  },
};
