import type { Verdict } from "./report.js";

/** The exit codes of the command. Invalid arguments use `harnessFault` too, because nothing was tested. */
export const EXIT = { conforms: 0, differs: 1, harnessFault: 2 } as const;

/** The exit code of each verdict. */
export const EXIT_OF: Readonly<Record<Verdict, number>> = {
  conforms: EXIT.conforms,
  differs: EXIT.differs,
  harness_fault: EXIT.harnessFault,
};
