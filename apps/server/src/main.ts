import { systemClock } from "@trading/ws-server";
import { banner } from "./cli/banner.js";
import { describeStartupError } from "./cli/startup-error.js";
import { tokenCommand } from "./cli/token-command.js";
import { compose } from "./compose.js";
import { help, parseEnv } from "./config/env.js";
import { VARIABLES } from "./config/variables.js";
import { createLogger } from "./logger.js";

/**
 * Signals that follow the first one within this time are duplicates: Ctrl-C reaches this process from the terminal and
 * again from npm.
 */
const DUPLICATE_SIGNAL_MS = 1_000;

await run(process.argv.slice(2)).catch((error: unknown) => {
  const { HOST = VARIABLES.HOST.default, PORT = VARIABLES.PORT.default } = process.env;
  process.stderr.write(`${describeStartupError(error, HOST, Number(PORT))}\n`);
  process.exitCode = 1;
});

async function run([argument, ...others]: readonly string[]): Promise<void> {
  if (argument === undefined) return start();
  if (argument === "--help") return void process.stdout.write(help());
  if (argument === "token") return void process.stdout.write(await tokenCommand(others, process.env));
  process.stderr.write(
    `Unknown argument ${JSON.stringify(argument)}. The server is configured by environment variables, as in PORT=9000 npm start. See --help.\n`,
  );
  process.exitCode = 1;
}

async function start(): Promise<void> {
  const env = parseEnv(process.env);
  const logger = createLogger(env.LOG_LEVEL, env.LOG_FORMAT);
  const { app, datafeed, monitoring } = await compose(env, { logger });
  const close = async (drainMs: number) => {
    await app.close({ drainMs });
    await datafeed.close();
    await monitoring?.close();
  };
  let stoppingSince: number | undefined;
  const stop = () => {
    if (stoppingSince === undefined) {
      stoppingSince = systemClock.monotonic();
      close(env.DRAIN_MS).then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error("The server could not close cleanly", { error });
          process.exit(1);
        },
      );
    } else if (systemClock.monotonic() - stoppingSince > DUPLICATE_SIGNAL_MS) {
      // The shutdown hangs and the operator signalled again: exit immediately.
      process.exit(1);
    }
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  try {
    const monitoringPort = await monitoring?.listen(Number(env.METRICS_PORT), env.METRICS_HOST);
    const port = await app.listen(env.PORT, env.HOST);
    process.stdout.write(`${banner(env, { port, monitoringPort, path: app.stream.path, datafeed })}\n`);
  } catch (error) {
    await close(0);
    throw error;
  }
}
