import type { Scenario } from "../scenario.js";
import { baseClientScenarios } from "./base-scenarios.js";
import { batchClientScenarios } from "./batch-scenarios.js";
import { compactClientScenarios } from "./compact-scenarios.js";
import { connectionScenarios } from "./connection-scenarios.js";
import type { ClientContext } from "./context.js";
import { positionClientScenarios } from "./position-scenarios.js";
import { reconnectScenarios } from "./reconnect-scenarios.js";
import { requestScenarios } from "./request-scenarios.js";
import { sessionClientScenarios } from "./session-scenarios.js";

/** All scenarios for clients, in the order of a run. */
export const CLIENT_SCENARIOS: readonly Scenario<ClientContext>[] = [
  ...baseClientScenarios,
  ...connectionScenarios,
  ...reconnectScenarios,
  ...sessionClientScenarios,
  ...batchClientScenarios,
  ...positionClientScenarios,
  ...requestScenarios,
  ...compactClientScenarios,
];

/** The features that a client can declare, each with its meaning for a scenario. */
export const CLIENT_FEATURES: ReadonlyMap<string, string> = new Map([
  ["ids", "sends ids, and matches replies by them"],
  ["errors", "reports errors with their codes"],
  ["suspects", "finds the frame for which a server closes the connection"],
  ["heartbeat", "has the setting heartbeatIntervalMs"],
  ["backoff", "has the settings backoffInitialMs and backoffMaxMs"],
  ["session", "has the session extension"],
  ["batches", "requests batches, and reads them"],
  ["drain", "heeds server.draining"],
  ["login", "logs in, and requests tokens"],
  ["positions", "sends positions, and drops duplicates"],
  ["gaps", "reports gaps"],
  ["requests", "sends requests of operations"],
  ["compact", "requests compact updates"],
]);
