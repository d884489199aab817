/** The retention of a topic's updates, for snapshots and recovery. A client keeps updates for late listeners by the same rule. */
export interface Keep<Update = Readonly<Record<string, unknown>>> {
  /** Maximum number of retained updates per topic; the lowest offset is evicted first. @default none for keyed routes, 1000 for logs */
  readonly count?: number;
  /**
   * The field and values of an update that is the last one of its key: `{ field: "status", values: ["filled"] }`. It is
   * evicted after {@link finishedForMs}. @default none
   */
  readonly finished?: FinishedState<Update>;
  /** Milliseconds to retain a finished key. 0 = evict immediately. @default 600_000 */
  readonly finishedForMs?: number;
}

/** A field of an update with the values that mean that its key is finished. */
export type FinishedState<Update> = {
  [Field in keyof Update & string]-?: { readonly field: Field; readonly values: readonly Update[Field][] };
}[keyof Update & string];

/** The default of `keep.finishedForMs`: ten minutes. */
export const FINISHED_FOR_MS = 600_000;

/** Whether an update is the final state of its key, such as a filled order, according to the route's `keep.finished`. */
export function isFinished({ keep }: { readonly keep?: Keep | undefined }, update: unknown): boolean {
  const finished = keep?.finished;
  return finished ? finished.values.includes((update as Record<string, unknown> | null)?.[finished.field]) : false;
}
