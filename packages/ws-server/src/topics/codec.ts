import { encodeMessage, type Message, parseMessage } from "@trading/topic";
import { Frame } from "./frame.js";

/** Writes the updates of one topic, whose name its frames carry: the fixed part is made once. */
export type EncodeUpdate = (offset: number, update: unknown) => Frame;

/**
 * How messages are written: the seam behind which another form than JSON text can come.
 *
 * Guarantees asked of an implementation: `decode` is bounded in depth and in the number of elements before anything
 * that recurses looks at the text, and refuses with a `TopicError`; `updates` writes the same bytes for the same update.
 */
export interface Codec {
  /** @param text within the frame limit. @throws TopicError `invalid_message` */
  decode(text: string): Message;
  /** @param topic goes with the updates of that topic: it is forgotten with them when the topic is unsubscribed */
  encode(message: Message, topic?: string): Frame;
  /** The updates of a topic: `{"type":"{route}.update","payload":{"topic":…,"offset":…,"payload":…}}`. */
  updates(route: string, topic: string): EncodeUpdate;
}

/** JSON text frames, as PROTOCOL.md has them. */
export const jsonCodec: Codec = {
  // The transport has held the text to maxFrameBytes.
  decode: (text) => parseMessage(text, { maxLength: 0 }),
  encode: (message, topic) => new Frame(encodeMessage(message), topic),
  updates(route, topic) {
    const head = `{"type":"${route}.update","payload":{"topic":${JSON.stringify(topic)},"offset":`;
    return (offset, update) => new Frame(`${head}${offset},"payload":${JSON.stringify(update)}}}`, topic);
  },
};
