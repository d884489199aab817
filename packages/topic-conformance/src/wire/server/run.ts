import { Control, type ServerHello } from "../control.js";
import { Peer } from "../peer.js";
import type { WireReport } from "../report.js";
import { runScenarios, type WireRunOptions } from "../run.js";
import { type Scenario, WireFailure, WireFault } from "../scenario.js";
import { Trace } from "../trace.js";
import { ServerContext } from "./context.js";
import { SERVER_FEATURES, SERVER_SCENARIOS } from "./scenarios.js";

/** The options of {@link runServer}. */
export interface ServerRunOptions extends WireRunOptions {
  /** The WebSocket endpoint of the server. */
  readonly url: string;
  /** The control endpoint. Without it, only scenarios that need no feature of it run. */
  readonly control?: string;
  /** The features of a server without a control endpoint, or fewer than it declares. @default those that it declares */
  readonly features?: readonly string[];
  /** The scenarios to run. @default all */
  readonly scenarios?: readonly Scenario<ServerContext>[];
}

/**
 * Runs a server through every scenario whose features it declares.
 *
 * @throws WireFault if the server accepts no connection, or the control endpoint does not reply
 */
export async function runServer(options: ServerRunOptions): Promise<WireReport> {
  const { url, timeoutMs = 5_000, scenarios = SERVER_SCENARIOS } = options;
  await assertReachable(url, Math.max(timeoutMs, 10_000));
  const control = options.control === undefined ? undefined : new Control(options.control);
  const hello: ServerHello = (await control?.hello()) ?? { name: new URL(url).host, version: "unknown", features: [] };
  const features = options.features ?? hello.features;
  const declared = new Set(features);
  // Names are unique across runs too: a server may keep a topic for a while after its last subscriber.
  const run = Date.now().toString(36).toUpperCase();
  let count = 0;
  const name = () => `W${run}N${++count}`;
  return runScenarios(
    "server",
    { ...hello, features },
    SERVER_SCENARIOS,
    scenarios,
    SERVER_FEATURES,
    async (trace, scenario) => {
      const context = new ServerContext(url, control, declared, trace, timeoutMs, name);
      try {
        await scenario(context);
      } finally {
        await context.end();
      }
    },
    options,
  );
}

/** Without this, a wrong URL would look like a server that fails every scenario. */
async function assertReachable(url: string, timeoutMs: number): Promise<void> {
  try {
    const peer = await Peer.open(url, new Trace(), timeoutMs);
    await peer.close();
  } catch (cause) {
    if (!(cause instanceof WireFailure)) throw cause;
    throw new WireFault(`the server accepts no connection: ${cause.message}. Start it, or correct --url`, { cause });
  }
}
