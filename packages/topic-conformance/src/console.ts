import { createColors } from "picocolors";

/** Where a command writes: results to `out`, progress and errors to `err`. */
export interface Console {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The stream of `err` where it is a terminal, for the progress bar. */
  readonly terminal?: NodeJS.WriteStream;
  readonly colors: ReturnType<typeof createColors>;
}

/** The process's own streams. */
export function processConsole(): Console {
  const { stdout, stderr } = process;
  return {
    out: (text) => stdout.write(`${text}\n`),
    err: (text) => stderr.write(`${text}\n`),
    ...(stderr.isTTY && { terminal: stderr }),
    colors: createColors(stdout.isTTY && process.env.NO_COLOR === undefined),
  };
}

/** The command was called wrongly: the message says how to call it. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** `2,431`: counts are read by people. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Rows of text in aligned columns, the first row as the head. Numbers stand at the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const isNumber = (column: number) => rows.slice(1).every((row) => /^[\d,]*$/.test(row[column] ?? ""));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
