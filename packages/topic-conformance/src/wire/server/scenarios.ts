import type { Scenario } from "../scenario.js";
import { accessScenarios } from "./access-scenarios.js";
import { authScenarios } from "./auth-scenarios.js";
import { baseScenarios } from "./base-scenarios.js";
import { batchScenarios } from "./batch-scenarios.js";
import { compactScenarios } from "./compact-scenarios.js";
import { conflationScenarios } from "./conflation-scenarios.js";
import type { ServerContext } from "./context.js";
import { endpointScenarios } from "./endpoint-scenarios.js";
import { invalidFrameScenarios } from "./invalid-frame-scenarios.js";
import { livenessScenarios } from "./liveness-scenarios.js";
import { operationScenarios } from "./operation-scenarios.js";
import { positionScenarios } from "./position-scenarios.js";
import { recoveryScenarios } from "./recovery-scenarios.js";
import { sessionScenarios } from "./session-scenarios.js";
import { topicScenarios } from "./topic-scenarios.js";

/** All scenarios for servers, in the order of a run. */
export const SERVER_SCENARIOS: readonly Scenario<ServerContext>[] = [
  ...topicScenarios,
  ...baseScenarios,
  ...invalidFrameScenarios,
  ...livenessScenarios,
  ...sessionScenarios,
  ...batchScenarios,
  ...authScenarios,
  ...accessScenarios,
  ...positionScenarios,
  ...recoveryScenarios,
  ...conflationScenarios,
  ...endpointScenarios,
  ...operationScenarios,
  ...compactScenarios,
];

/** The features that a server can declare, each with its meaning for a scenario. */
export const SERVER_FEATURES: ReadonlyMap<string, string> = new Map([
  ["ids", "echoes the id of a request"],
  ["quotes", "serves the route quotes"],
  ["trades", "serves the route trades, a log"],
  ["executions", "serves the route executions, which has a nullable parameter"],
  ["private", "serves orders to the account's user only; the control endpoint issues tokens"],
  ["cookie", "accepts a token in a cookie; the reply to hello names it"],
  ["session", "has the session extension"],
  ["batches", "joins frames to batches"],
  ["positions", "has epochs, offsets, snapshots and recovery"],
  ["operations", "serves the operation conformance.echo"],
  ["compact", "has compact updates"],
  ["limits", "has the default limits of PROTOCOL.md"],
  ["modules", "serves each module at its own endpoint: bars at /api/v1/datafeed/ws"],
  ["legacy-bars", "accepts the older dialect of bars"],
  ["both-dialects", "accepts both dialects of bars on one connection"],
  ["legacy-executions", "accepts executions without a symbol"],
  ["publish", "control endpoint: publishes updates"],
  ["topics", "control endpoint: lists the topics whose sources run"],
  ["end", "control endpoint: ends a topic"],
  ["start", "control endpoint: starts servers with short intervals"],
  ["drain", "control endpoint: shuts a started server down with a drain"],
  ["revoke", "control endpoint: revokes the tokens of a user"],
  ["withdraw", "control endpoint: withdraws a user's access to the account"],
  ["forbid", "control endpoint: refuses a user all access"],
]);
