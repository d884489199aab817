/** Text that several frames share, with its length measured once. */
export class SharedText {
  readonly text: string;
  /** Length in UTF-8. */
  readonly bytes: number;

  constructor(text: string) {
    this.text = text;
    this.bytes = Buffer.byteLength(text);
  }
}

const MIDDLE = ',"payload":';
const END = "}}";

/** The text of one update: the head that it shares with its topic, its offset, and the update, shared between topics. */
export class UpdateText {
  /** Length in UTF-8. */
  readonly bytes: number;
  readonly #head: SharedText;
  readonly #offset: number;
  readonly #body: SharedText;

  constructor(head: SharedText, offset: number, body: SharedText) {
    this.#head = head;
    this.#offset = offset;
    this.#body = body;
    this.bytes = head.bytes + this.ownBytes;
  }

  /** Length in UTF-8 without the head. */
  get ownBytes(): number {
    return digits(this.#offset) + MIDDLE.length + this.#body.bytes + END.length;
  }

  get text(): string {
    return `${this.#head.text}${this.#offset}${MIDDLE}${this.#body.text}${END}`;
  }

  get body(): string {
    return this.#body.text;
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
