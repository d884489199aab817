/** A recording that cannot be played. The message names the file, the line, the value and the remedy. */
export class RecordingError extends Error {
  override readonly name = "RecordingError";
  readonly file: string;
  /** Line number in the file, from 1; undefined if the error concerns no single line. */
  readonly line: number | undefined;

  constructor(file: string, line: number | undefined, problem: string) {
    super(line === undefined ? `${file}: ${problem}` : `${file}, line ${line}: ${problem}`);
    this.file = file;
    this.line = line;
  }
}

/** Maximum length of a value in a message; a line of a file that is not CSV can be very long. */
const MAX_QUOTED = 80;

/** Returns a value in quotes for a message, shortened. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > MAX_QUOTED ? `${value.slice(0, MAX_QUOTED)}…` : value);
}
