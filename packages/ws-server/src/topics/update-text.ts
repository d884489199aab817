/** Bytes of a head from which it is shared by the topic's frames. Shorter ones are faster to copy than to look up. */
const LONG_HEAD_BYTES = 256;

/** Text that several frames share, with its length measured once. */
export class SharedText {
  readonly text: string;
  /** Length in UTF-8. */
  readonly bytes: number;

  constructor(text: string) {
    this.text = text;
    this.bytes = Buffer.byteLength(text);
  }

  get isAscii(): boolean {
    return this.bytes === this.text.length;
  }
}

/** The beginning of all updates of one topic. */
export class UpdateHead extends SharedText {
  #buffer: Buffer | undefined;

  get isLong(): boolean {
    return this.bytes >= LONG_HEAD_BYTES;
  }

  get buffer(): Buffer {
    this.#buffer ??= Buffer.from(this.text);
    return this.#buffer;
  }
}

const MIDDLE = ',"payload":';
/** The end of an update's text, after its body. */
export const END = "}}";

/** The text of one update: the head that it shares with its topic, its offset, and the update, shared between topics. */
export class UpdateText {
  /** Length in UTF-8. */
  readonly bytes: number;
  readonly #head: UpdateHead;
  readonly #offset: number;
  readonly #body: SharedText;

  constructor(head: UpdateHead, offset: number, body: SharedText) {
    this.#head = head;
    this.#offset = offset;
    this.#body = body;
    this.bytes = head.bytes + this.ownBytes;
  }

  /** Length in UTF-8 without the head. */
  get ownBytes(): number {
    return digits(this.#offset) + MIDDLE.length + this.#body.bytes + END.length;
  }

  /** Whether the head is long enough to be shared. */
  get isLong(): boolean {
    return this.#head.isLong;
  }

  get isAscii(): boolean {
    return this.#head.isAscii && this.#body.isAscii;
  }

  get text(): string {
    return `${this.#head.text}${this.#tail}`;
  }

  get body(): string {
    return this.#body.text;
  }

  /** Index in UTF-8 at which the body begins. */
  get bodyAt(): number {
    return this.bytes - END.length - this.#body.bytes;
  }

  copyTo(target: Buffer, at: number): void {
    target.set(this.#head.buffer, at);
    target.write(this.#tail, at + this.#head.bytes, this.#body.isAscii ? "latin1" : "utf8");
  }

  get #tail(): string {
    return `${this.#offset}${MIDDLE}${this.#body.text}${END}`;
  }
}

/** Returns the number of decimal digits of a whole number. */
function digits(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 10; rest /= 10) count++;
  return count;
}

/** The texts of frozen updates. */
const sharedTexts = new WeakMap<object, SharedText>();

/**
 * Encodes an update. A frozen one is encoded once, whatever the number of topics that publish it: it counts as immutable.
 */
export function encodeBody(update: unknown): SharedText {
  if (!isFrozen(update)) return new SharedText(JSON.stringify(update) ?? "null");
  const known = sharedTexts.get(update);
  if (known !== undefined) return known;
  const text = new SharedText(JSON.stringify(update));
  sharedTexts.set(update, text);
  return text;
}

/** Returns whether a value is a frozen object. */
export function isFrozen(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.isFrozen(value);
}
