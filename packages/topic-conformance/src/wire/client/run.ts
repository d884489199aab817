import type { WireReport } from "../report.js";
import { runScenarios, type WireRunOptions } from "../run.js";
import type { Scenario } from "../scenario.js";
import { ScriptedServer } from "../scripted-server.js";
import { ClientProcess } from "./client-process.js";
import { ClientContext } from "./context.js";
import { CLIENT_FEATURES, CLIENT_SCENARIOS } from "./scenarios.js";

/** The options of {@link runClient}. */
export interface ClientRunOptions extends Omit<WireRunOptions, "concurrency"> {
  /** The program that speaks the line protocol, and its arguments. It is started without a shell. */
  readonly command: readonly string[];
  /** The scenarios to run. @default all */
  readonly scenarios?: readonly Scenario<ClientContext>[];
  /** The time limit from the start of the process to its hello. @default 10_000 */
  readonly helloTimeoutMs?: number;
}

/**
 * Runs a client through every scenario whose features it declares. If its process ends, a new one continues with the next
 * scenario.
 *
 * @throws WireFault if the command cannot be started or does not send a valid hello
 */
export async function runClient(options: ClientRunOptions): Promise<WireReport> {
  const { command, scenarios = CLIENT_SCENARIOS, timeoutMs = 5_000, helloTimeoutMs = 10_000, signal } = options;
  const start = () => ClientProcess.start(command, helloTimeoutMs, signal);
  let client = await start();
  const { hello } = client;
  try {
    return await runScenarios(
      "client",
      hello,
      CLIENT_SCENARIOS,
      scenarios,
      CLIENT_FEATURES,
      async (trace, scenario) => {
        if (client.hasEnded) client = await start();
        client.begin(trace);
        const server = await ScriptedServer.start(trace, timeoutMs);
        try {
          await Promise.race([scenario(new ClientContext(client, server, timeoutMs)), client.untilEnd()]);
        } finally {
          await closeClient(client, timeoutMs);
          await server.close();
        }
      },
      options,
    );
  } finally {
    await client.end();
  }
}

/** Closes the client of a scenario, so that the next one starts without it. Ends a process that does not reply. */
async function closeClient(client: ClientProcess, timeoutMs: number): Promise<void> {
  if (client.hasEnded) return;
  if (!(await client.close(timeoutMs))) await client.end();
}
