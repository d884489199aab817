import type { Route } from "@trading/topic";
import { type Codec, jsonCodec, type UpdateEncoder } from "./codec.js";
import { type CompactForm, layoutOf, type ObjectLayout, pack } from "./compact-layout.js";
import { Frame } from "./frame.js";
import { encodeBody, SharedText, UpdateText } from "./update-text.js";

/**
 * Creates the codec for servers whose clients can request compact updates. All other messages, and the updates of all other
 * clients, are those of {@link jsonCodec}.
 */
export function compactCodec(): Codec {
  let lastAlias = 0;
  const nextAlias = () => ++lastAlias;
  return {
    ...jsonCodec,
    hasCompactUpdates: true,
    updates: (route, topic, schema) => new CompactEncoder(route, topic, schema, nextAlias),
  };
}

/** The encoder of one run's updates, in both forms. */
class CompactEncoder implements UpdateEncoder {
  readonly topic: string;
  readonly #head: SharedText;
  readonly #schema: Route<unknown, unknown>["update"] | undefined;
  readonly #nextAlias: () => number;
  #compact: CompactForm | undefined;

  constructor(
    route: string,
    topic: string,
    schema: Route<unknown, unknown>["update"] | undefined,
    nextAlias: () => number,
  ) {
    this.topic = topic;
    this.#head = new SharedText(`{"type":"${route}.update","payload":{"topic":${JSON.stringify(topic)},"offset":`);
    this.#schema = schema;
    this.#nextAlias = nextAlias;
  }

  /** Created for the first client that needs it: most servers have more topics than compact clients. */
  get compact(): CompactForm {
    if (this.#compact === undefined) {
      const layout: ObjectLayout | undefined = this.#schema && layoutOf(this.#schema);
      this.#compact = { alias: this.#nextAlias(), ...(layout && { layout }) };
    }
    return this.#compact;
  }

  body(update: unknown): SharedText {
    return encodeBody(update);
  }

  frame(offset: number, body: SharedText): Frame {
    return new CompactibleFrame(new UpdateText(this.#head, offset, body), offset, this);
  }

  /** Returns the text of a compact frame; undefined if the update has no compact form. */
  compactText(offset: number, body: string): string | undefined {
    const { alias, layout } = this.compact;
    const update: unknown = JSON.parse(body);
    const values = layout && pack(update, layout);
    // An array would be read as the values of an object.
    if (values === undefined && Array.isArray(update)) return undefined;
    return `[${alias},${offset},${values === undefined ? body : JSON.stringify(values)}]`;
  }
}

/** An update with two forms. The compact one is encoded for the first client that needs it, and shared by all others. */
class CompactibleFrame extends Frame {
  readonly #offset: number;
  readonly #encoder: CompactEncoder;
  #compact: Frame | undefined;

  constructor(update: UpdateText, offset: number, encoder: CompactEncoder) {
    super(update, encoder.topic);
    this.#offset = offset;
    this.#encoder = encoder;
  }

  override get compact(): Frame {
    this.#compact ??= this.#encode();
    return this.#compact;
  }

  /** Includes the compact form, which can be created later. */
  override get retainedBytes(): number {
    return super.retainedBytes + (this.body as string).length;
  }

  #encode(): Frame {
    const text = this.#readable();
    return text === undefined ? this : new Frame(text, this.topic);
  }

  #readable(): string | undefined {
    try {
      return this.#encoder.compactText(this.#offset, this.body as string);
    } catch {
      // The text of another node's update need not be JSON. It is passed on as it is, as to other clients.
      return undefined;
    }
  }
}
