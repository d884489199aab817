import type { ExpectedFailure } from "./expected-failures.js";
import type { Profile } from "./features.js";
import type { Timeouts } from "./implementation.js";
import type { Hello } from "./protocol.js";
import type { CaseResult } from "./report.js";
import type { Vector, VectorSet } from "./vectors.js";

/** The options of `runConformance`. */
export interface ConformanceOptions extends Partial<Timeouts> {
  /** The program and its arguments. It is started without a shell. */
  readonly command: readonly string[];
  /** The working directory of the program. @default the current directory */
  readonly cwd?: string;
  /** The complete set of vectors. @default the vectors of this package */
  readonly vectors?: VectorSet;
  /** The subset of `vectors.cases` to run. @default all */
  readonly cases?: readonly Vector[];
  /** The cases that are known to fail. @default none */
  readonly expectedFailures?: readonly ExpectedFailure[];
  /**
   * The run aborts after this many crashes, timeouts and invalid lines if they are also a quarter of the cases that were
   * sent. 0 = never. @default 20
   */
  readonly giveUpAfter?: number;
  /** Milliseconds after which the run aborts. 0 = no limit. @default 600_000 */
  readonly totalTimeoutMs?: number;
  /**
   * Number of cases that are sent before their results are read. With more than 1, a harness that answers out of order is
   * found, and a crash counts for the oldest case without a result. @default 1
   */
  readonly pipeline?: number;
  /** Features that the implementation must declare. @default none */
  readonly requireFeatures?: readonly string[];
  /** The profile that decides which features are required and which parts are judged. @default none: all parts are judged */
  readonly profile?: Profile;
  /** The version of the vectors whose cases must pass. Failures in later cases are expected. @default the latest */
  readonly requirements?: string;
  /** Kills the process and aborts the run, which then rejects with the reason of the signal. */
  readonly signal?: AbortSignal;
  /** Called after the implementation has sent its hello. */
  readonly onStart?: (hello: Hello, total: number) => void;
  /** Called after each case. */
  readonly onResult?: (result: CaseResult) => void;
}
