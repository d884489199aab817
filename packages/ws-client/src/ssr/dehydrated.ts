import type { Bar } from "@trading/topic";

/** The state of a topic on a server, as plain data. */
export interface DehydratedTopic {
  readonly kind: "topic";
  readonly topic: string;
  /** The position up to which the updates are known. */
  readonly epoch: string;
  readonly offset: number;
  /** The updates that a late listener receives, as they arrived. */
  readonly known: readonly unknown[];
  /** Whether the route is private: then the browser does not resume from the position, because it does not know whose it is. */
  readonly isPrivate: boolean;
  /** When the state was read, in Unix milliseconds. */
  readonly at: number;
}

/** The newest page of a bar history, as plain data. */
export interface DehydratedBars {
  readonly kind: "bars";
  /** The topic of the live bars. */
  readonly topic: string;
  /** Ascending by time. */
  readonly bars: readonly Bar[];
  /** When the bars were loaded, in Unix milliseconds. */
  readonly at: number;
}

/** State that a server has loaded, for the client of a browser. */
export type Dehydrated = DehydratedTopic | DehydratedBars;

/** A list of prefetched states; undefined ones could not be loaded. */
export type DehydratedState = readonly (Dehydrated | undefined)[];

type Check = readonly [isValid: (value: unknown) => boolean, expected: string];

const TEXT: Check = [(value) => typeof value === "string", "a string"];
const COUNT: Check = [(value) => Number.isSafeInteger(value) && (value as number) >= 0, "an integer >= 0"];

/** The members of each kind. */
const MEMBERS = new Map<unknown, Readonly<Record<string, Check>>>([
  [
    "topic",
    {
      topic: TEXT,
      epoch: TEXT,
      offset: COUNT,
      known: [Array.isArray, "an array"],
      isPrivate: [(value) => typeof value === "boolean", "a boolean"],
      at: COUNT,
    },
  ],
  [
    "bars",
    { topic: TEXT, bars: [(value) => Array.isArray(value) && value.every(isBar), "an array of bars"], at: COUNT },
  ],
]);

/**
 * Returns the valid states of a list. A page can be from another version of the application than its script, so an invalid state
 * is reported and left out: the browser then loads it.
 *
 * @param report receives an error for each invalid state
 */
export function validStates(state: DehydratedState, report: (error: Error) => void): readonly Dehydrated[] {
  return state.filter((entry, index): entry is Dehydrated => {
    if (entry === undefined || entry === null) return false;
    const problem = problemOf(entry);
    if (problem !== undefined)
      report(new Error(`Ignored state ${index}: ${problem}: pass the results of prefetchTopic and its like`));
    return problem === undefined;
  });
}

function problemOf(entry: Dehydrated): string | undefined {
  const members = MEMBERS.get(entry.kind);
  if (members === undefined) return `expected "kind" to be "topic" or "bars", got ${JSON.stringify(entry.kind)}`;
  for (const [name, [isValid, expected]] of Object.entries(members)) {
    const value: unknown = (entry as unknown as Record<string, unknown>)[name];
    if (!isValid(value)) return `expected "${name}" to be ${expected}, got ${shortened(value)}`;
  }
  return undefined;
}

function isBar(value: unknown): boolean {
  const bar = value as Readonly<Record<string, unknown>> | null;
  return ["time", "open", "high", "low", "close"].every((member) => Number.isFinite(bar?.[member]));
}

function shortened(value: unknown): string {
  return `${JSON.stringify(value)}`.slice(0, 100);
}
