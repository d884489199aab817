import type { QuoteData } from "@trading/topic";
import { quotes } from "@trading/topic/shapes";
import type { Client, TopicHandle } from "../client.js";
import { defer } from "../defer.js";
import { ClientError } from "../errors.js";
import { PENDING, type TopicStatus } from "../subscriptions/listener.js";
import type { Store, TopicResult } from "./store.js";

/** The rate at which a quote is sent: on every change, or about once a minute. */
export type QuoteSpeed = "fast" | "slow";

/** The quote of one symbol. */
export interface QuoteState extends TopicResult {
  readonly quote: QuoteData | undefined;
}

export const EMPTY_QUOTE: QuoteState = {
  quote: undefined,
  status: "pending",
  error: undefined,
  dataUpdatedAt: undefined,
};

/** Maximum number of symbols in each list of a topic, as the protocol limits it. */
const MAX_SYMBOLS = 500;
/** Maximum length of a symbol, as the protocol limits it. */
const MAX_SYMBOL_LENGTH = 64;

interface Watched {
  readonly symbol: string;
  readonly speed: QuoteSpeed;
  readonly readers: Set<() => void>;
  state: QuoteState;
}

interface Batch {
  /** The speed at which each symbol is sent. */
  readonly symbols: ReadonlyMap<string, QuoteSpeed>;
  readonly handle: TopicHandle;
  status: TopicStatus;
}

const boards = new WeakMap<Client, QuoteBoard>();

/** Returns the board that all users of a client share. */
export function quoteBoardOf(client: Client): QuoteBoard {
  const board = boards.get(client) ?? new QuoteBoard(client);
  boards.set(client, board);
  return board;
}

/**
 * Quotes of single symbols, which are subscribed to together: the symbols that are watched in one task are one topic, or as
 * few as the protocol's limit of 500 symbols allows. When symbols are added, the previous topics end once the new ones are live,
 * so that no quote is missing in between. Removed symbols stay in their topic until symbols are added, or until they are more
 * than the watched ones.
 */
export class QuoteBoard {
  readonly #client: Client;
  readonly #watched = new Map<string, Set<Watched>>();
  readonly #batches = new Map<string, Batch>();
  /** The topics that have all watched symbols. */
  #wanted: ReadonlySet<string> = new Set();
  #isScheduled = false;

  constructor(client: Client) {
    this.#client = client;
  }

  /**
   * Watches a symbol until the store is stopped. `get` returns the quote that the board already knows.
   *
   * @param initial the state if the board does not know the quote yet
   * @throws ClientError `invalid_option` if the symbol is not 1 to 64 characters long
   */
  watch(symbol: string, speed: QuoteSpeed = "fast", initial = EMPTY_QUOTE): Store<QuoteState> {
    assertSymbol(symbol);
    const others = this.#watched.get(symbol) ?? new Set();
    const [known] = others;
    const watched: Watched = { symbol, speed, readers: new Set(), state: known?.state ?? initial };
    this.#watched.set(symbol, others.add(watched));
    this.#schedule();
    return {
      readers: watched.readers,
      get: () => watched.state,
      stop: () => {
        others.delete(watched);
        if (others.size === 0 && this.#watched.get(symbol) === others) this.#watched.delete(symbol);
        this.#schedule();
      },
    };
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Twice, because the hooks end subscriptions in a microtask: a symbol whose component moves is not removed.
    defer(() =>
      defer(() => {
        this.#isScheduled = false;
        this.#update();
      }),
    );
  }

  /** Subscribes to the topics of the watched symbols, unless the present ones have all of them. */
  #update(): void {
    const wanted = new Map<string, QuoteSpeed>();
    for (const { symbol, speed } of this.#all()) if (wanted.get(symbol) !== "fast") wanted.set(symbol, speed);
    const subscribed = new Map([...this.#batches.values()].flatMap(({ symbols }) => [...symbols]));
    const isCovered = [...wanted].every(([symbol, speed]) =>
      speed === "slow" ? subscribed.has(symbol) : subscribed.get(symbol) === "fast",
    );
    try {
      if (!isCovered || subscribed.size > 2 * wanted.size)
        this.#endOthers(new Set(batchesOf(wanted).map((symbols) => this.#subscribe(symbols))));
    } catch (error) {
      // `no_websocket`: the hooks report it, because no caller waits for this microtask.
      const refused = { status: "error", error: error as ClientError } as const;
      for (const watched of this.#all()) change(watched, refused);
      return;
    }
    for (const watched of this.#all()) this.#refresh(watched);
  }

  #all(): Watched[] {
    return [...this.#watched.values()].flatMap((of) => [...of]);
  }

  /** Subscribes to a list of symbols. @returns the topic */
  #subscribe(symbols: ReadonlyMap<string, QuoteSpeed>): string {
    const named = (speed: QuoteSpeed) => [...symbols].flatMap(([symbol, of]) => (of === speed ? [symbol] : []));
    const params = { symbols: named("slow"), fast_symbols: named("fast") };
    const topic = quotes.buildTopic(params);
    if (this.#batches.has(topic)) return topic;
    let batch: Batch | undefined;
    let status = PENDING;
    const handle = this.#client.subscribe(quotes, params, {
      onUpdate: (quote) => this.#received(quote),
      onStatus: (next) => {
        status = next;
        if (batch) this.#statusChanged(batch, next);
      },
    });
    batch = { symbols, handle, status };
    this.#batches.set(topic, batch);
    return topic;
  }

  /** Ends all other topics, once these have all quotes. */
  #endOthers(topics: ReadonlySet<string>): void {
    const pending = [...topics].some((topic) => !isSettled(this.#batches.get(topic)?.status));
    this.#wanted = topics;
    if (pending) return;
    for (const [topic, { handle }] of this.#batches) {
      if (topics.has(topic)) continue;
      this.#batches.delete(topic);
      handle();
    }
  }

  #statusChanged(batch: Batch, status: TopicStatus): void {
    batch.status = status;
    this.#endOthers(this.#wanted);
    for (const symbol of batch.symbols.keys())
      for (const watched of this.#watched.get(symbol) ?? []) this.#refresh(watched);
  }

  #received(quote: QuoteData): void {
    const dataUpdatedAt = Date.now();
    for (const watched of this.#watched.get(quote.n) ?? []) change(watched, { quote, dataUpdatedAt });
  }

  /** Updates the status of a watched symbol: that of a topic which is live, or of the newest one. */
  #refresh(watched: Watched): void {
    const batches = [...this.#batches.values()].filter(({ symbols }) => symbols.has(watched.symbol));
    const { status } = batches.find(({ status }) => status.state === "live") ?? batches.at(-1) ?? { status: PENDING };
    const { state, error, reason } = status;
    const before = watched.state;
    if (state !== before.status || error !== before.error || reason !== before.reason)
      change(watched, { status: state, error, reason });
  }
}

function change(watched: Watched, changes: Partial<QuoteState>): void {
  watched.state = { ...watched.state, ...changes };
  for (const reader of watched.readers) reader();
}

function isSettled(status: TopicStatus | undefined): boolean {
  return status?.state === "live" || status?.state === "error";
}

/** Divides symbols into as few lists as possible, sorted, so that pages with the same symbols share topics. */
function batchesOf(wanted: ReadonlyMap<string, QuoteSpeed>): ReadonlyMap<string, QuoteSpeed>[] {
  const sorted = [...wanted].sort(([one], [other]) => (one < other ? -1 : 1));
  const listsOf = (speed: QuoteSpeed) => sorted.filter(([, of]) => of === speed);
  const [fast, slow] = [listsOf("fast"), listsOf("slow")];
  const count = Math.ceil(Math.max(fast.length, slow.length) / MAX_SYMBOLS);
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [index * MAX_SYMBOLS, (index + 1) * MAX_SYMBOLS];
    return new Map([...fast.slice(from, to), ...slow.slice(from, to)]);
  });
}

/** @throws ClientError `invalid_option` for a symbol that the server would refuse, with the whole topic */
export function assertSymbol(symbol: string): void {
  if (symbol.length >= 1 && symbol.length <= MAX_SYMBOL_LENGTH) return;
  const expected = `expected 1 to ${MAX_SYMBOL_LENGTH} characters`;
  throw new ClientError("invalid_option", `Invalid symbol ${JSON.stringify(symbol)}: ${expected}`);
}
