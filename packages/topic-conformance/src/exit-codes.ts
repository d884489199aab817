import type { Verdict } from "./conformance.js";

/** What a process says at its end. A wrong call counts as the harness's fault: nothing is known of any bytes. */
export const EXIT = { conforms: 0, differs: 1, harnessFault: 2 } as const;

export const EXIT_OF: Readonly<Record<Verdict, number>> = {
  conforms: EXIT.conforms,
  differs: EXIT.differs,
  harness_fault: EXIT.harnessFault,
};
