import { createColors } from "picocolors";

/** The output of a command: results to `out`, progress and errors to `err`. */
export interface Console {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** The stream of `err` if it is a terminal, for the progress bar. */
  readonly terminal?: NodeJS.WriteStream;
  readonly colors: ReturnType<typeof createColors>;
}

/** Returns a console that writes to stdout and stderr of this process. */
export function processConsole(): Console {
  const { stdout, stderr } = process;
  // The reader of a pipe can exit first, as in `topic-conformance list | head`. The rest of the output has no reader.
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  return {
    out: (text) => stdout.write(`${text}\n`),
    err: (text) => stderr.write(`${text}\n`),
    ...(stderr.isTTY && { terminal: stderr }),
    colors: createColors(stdout.isTTY && process.env.NO_COLOR === undefined),
  };
}

/**
 * Escapes control characters except line feeds, so that text of a harness cannot change the terminal: `\\x1b[31m`.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the terminal
  return text.replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, (unit) => {
    const code = unit.charCodeAt(0).toString(16);
    return unit < "\u0100" ? `\\x${code.padStart(2, "0")}` : `\\u${code}`;
  });
}

/** Invalid command-line arguments. The message describes the correct usage. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Formats a count with thousands separators: `2,431`. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Formats rows as aligned columns. The first row is the header. Columns of numbers are right-aligned. */
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
