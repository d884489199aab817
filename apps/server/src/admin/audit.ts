import type { LogFields } from "@trading/ws-server";
import { Problem } from "../http/problem.js";

/** An authenticated operator. */
export interface Operator {
  /** The name of the token. */
  readonly name: string;
  readonly address: string;
}

/** Writes one audit line for each act of an operator. The lines are written at every log level. */
export class Audit {
  readonly #write: (message: string, fields: LogFields) => void;

  /** @param write writes a log line */
  constructor(write: (message: string, fields: LogFields) => void) {
    this.#write = write;
  }

  /**
   * Runs an act, and writes who did what on what, with which outcome: `done`, or the code of the error.
   *
   * @param target the objects of the act
   * @param facts returns facts about its result for the line. @default none
   * @throws the act's error
   */
  async record<Result>(
    { name, address }: Operator,
    act: string,
    target: LogFields,
    run: () => Result | Promise<Result>,
    facts: (result: Result) => LogFields = () => ({}),
  ): Promise<Result> {
    const line = (outcome: string, more: LogFields) =>
      this.#write("An operator acted", { audit: true, who: name, address, act, ...target, outcome, ...more });
    try {
      const result = await run();
      line("done", facts(result));
      return result;
    } catch (error) {
      line(error instanceof Problem ? error.code : "failed", { reason: (error as Error).message });
      throw error;
    }
  }
}
