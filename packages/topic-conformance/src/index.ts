export { runConformance } from "./conformance.js";
export type { ConformanceOptions } from "./conformance-options.js";
export { type ExpectedFailure, parseExpectedFailures } from "./expected-failures.js";
export { FEATURES, type Part, PROFILES, type Profile } from "./features.js";
export { firstDifference } from "./hex-diff.js";
export { HarnessError } from "./implementation.js";
export type { Hello } from "./protocol.js";
export {
  type CaseResult,
  type ConformanceReport,
  type HiddenFailures,
  type PartVerdict,
  STATUSES,
  type Status,
  type ThemeTotal,
  type Verdict,
} from "./report.js";
export { fromTagged, jsFeatures, toTagged } from "./tagged.js";
export {
  type Expectation,
  filterVectors,
  loadVectors,
  type Manifest,
  type Op,
  type Vector,
  type VectorSet,
  vectorsDirectory,
} from "./vectors.js";
export { type ClientRunOptions, runClient as runWireClient } from "./wire/client/run.js";
export type { WireReport, WireResult, WireStatus, WireVerdict } from "./wire/report.js";
export type { WireRunOptions } from "./wire/run.js";
export { WireFault } from "./wire/scenario.js";
export { runServer as runWireServer, type ServerRunOptions } from "./wire/server/run.js";
