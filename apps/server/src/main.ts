import { fileURLToPath } from "node:url";
import { systemClock } from "@trading/ws-server";
import { type CloseOptions, VERSION } from "./app.js";
import { adminCommand } from "./cli/admin-command.js";
import { backupCommand, type CommandContext, restoreCommand } from "./cli/backup-command.js";
import { addresses, banner } from "./cli/banner.js";
import { checkCommand } from "./cli/check-command.js";
import { CommandError } from "./cli/command-error.js";
import { describeStartupError } from "./cli/startup-error.js";
import { tokenCommand } from "./cli/token-command.js";
import { runPrimary } from "./cluster/primary.js";
import { WorkerProcess } from "./cluster/worker-process.js";
import { closeOthers, compose } from "./compose.js";
import { type Env, help, parseEnv, readEnvironment } from "./config/env.js";
import { unknownVariables } from "./config/unknown-variables.js";
import { VARIABLES } from "./config/variables.js";
import { listen } from "./listen.js";
import { LiveSettings } from "./live-settings.js";
import { createLogger, type LeveledLogger } from "./logger.js";
import { logReadiness } from "./monitoring/event-log.js";
import { StopSignals } from "./stop-signals.js";

/** This process as a worker of a primary. */
const worker = WorkerProcess.current();

await run(process.argv.slice(2)).catch(async (error: unknown) => {
  const { HOST = VARIABLES.HOST.default, PORT = VARIABLES.PORT.default } = process.env;
  const reason = describeStartupError(error, HOST, Number(PORT));
  process.exitCode = 1;
  if (worker === undefined) return void process.stderr.write(`${reason}\n`);
  // The primary prints it, once for all workers.
  await worker.send({ type: "failed", reason });
  process.exit();
});

async function run([argument, ...others]: readonly string[]): Promise<void> {
  if (argument === undefined) return start();
  if (argument === "--help") return void process.stdout.write(help());
  if (argument === "--version") return void process.stdout.write(`${VERSION}\n`);
  if (argument === "--check") return check();
  if (argument === "admin") return void process.stdout.write(await adminCommand(others, process));
  if (argument === "token") return void process.stdout.write(await tokenCommand(others, process.env));
  if (argument === "backup") return void process.stdout.write(await backupCommand(others, interruptible()));
  if (argument === "restore") return void process.stdout.write(await restoreCommand(others, interruptible()));
  process.stderr.write(
    `Unknown argument ${JSON.stringify(argument)}. The server is configured by environment variables, as in PORT=9000 npm start. See --help.\n`,
  );
  process.exitCode = 1;
}

/** Returns the context of a command that a signal ends in an orderly way. */
function interruptible(): CommandContext {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => interrupted.abort(new CommandError("Interrupted: nothing was changed.")));
  }
  return { env: process.env, terminal: process.stderr, signal: interrupted.signal };
}

async function check(): Promise<void> {
  for (const { name, nearest } of unknownVariables(readEnvironment(process.env))) {
    process.stderr.write(`Unknown variable ${name}: is ${nearest} meant?\n`);
  }
  process.stdout.write(await checkCommand(process.env));
}

/** Starts what the environment describes: a server, or the primary of several; in a worker of that, one of them. */
async function start(): Promise<void> {
  const env = parseEnv(process.env);
  const fields = worker && { worker: worker.settings.number };
  const logger = createLogger(worker?.settings.logLevel ?? env.LOG_LEVEL, env.LOG_FORMAT, { fields });
  if (worker === undefined) {
    for (const { name, nearest } of unknownVariables(readEnvironment(process.env))) {
      logger.warn("A variable is not known to the server: is its name misspelled?", { variable: name, nearest });
    }
  }
  logger.info("The server starts", { version: VERSION, node: process.versions.node, pid: process.pid });
  if (worker === undefined && env.WORKERS > 1) return runPrimary(env, logger, fileURLToPath(import.meta.url));
  return serve(env, logger);
}

/** Runs one server in this process. */
async function serve(env: Env, logger: LeveledLogger): Promise<void> {
  const server = await compose(env, { logger, worker: worker?.settings });
  const { app, auth, adminTokens, datafeed } = server;
  const settings = new LiveSettings(env, { app, auth, adminTokens, logger });
  const reload = () => settings.reload(process.env);
  let stopReadinessLog = () => {};
  const close = async (options: CloseOptions) => {
    stopReadinessLog();
    await app.close(options);
    await closeOthers(server);
  };
  const stop = (signal: NodeJS.Signals, { delayMs, drainMs }: Required<CloseOptions>) => {
    const start = systemClock.monotonic();
    logger.info("The server stops", { signal, delayMs, drainMs, ...app.stream.counts() });
    close({ delayMs, drainMs }).then(
      () => {
        logger.info("The server has stopped", { afterMs: Math.round(systemClock.monotonic() - start) });
        process.exit(0);
      },
      (error: unknown) => {
        logger.error("The server could not close cleanly", { error });
        process.exit(1);
      },
    );
  };
  if (worker === undefined) {
    process.on("SIGHUP", reload);
    const times = { delayMs: env.DRAIN_DELAY_MS, drainMs: env.DRAIN_MS };
    const actions = { onStop: (signal: NodeJS.Signals) => stop(signal, times), onAgain: () => process.exit(1) };
    new StopSignals(systemClock, actions).listen();
  } else {
    worker.onMessage((message) => {
      if (message.type === "reload") reload();
      else stop(message.signal, message);
    });
  }
  try {
    const ports = await listen(server, env, systemClock);
    // A signal has stopped it meanwhile.
    if (ports === undefined) return;
    const started = { ...ports, path: app.stream.path, datafeed };
    if (worker === undefined) {
      // Between JSON lines, a program that reads the log would stumble over it.
      if (env.LOG_FORMAT === "text") process.stdout.write(`${banner(env, started)}\n`);
      logger.info("The server listens", addresses(env, started));
    } else
      await worker.send({
        type: "listening",
        banner: banner(env, started),
        addresses: addresses(env, started),
      });
    stopReadinessLog = logReadiness(app.modules, systemClock, logger);
  } catch (error) {
    await close({});
    throw error;
  }
}
