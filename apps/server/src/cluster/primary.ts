import cluster from "node:cluster";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type Clock, type LogLevel, systemClock } from "@trading/ws-server";
import { IpcHub } from "@trading/ws-server/cluster";
import { hostsOf } from "../compose.js";
import { type Env, parseEnv } from "../config/env.js";
import type { LeveledLogger } from "../logger.js";
import { StopSignals } from "../stop-signals.js";
import { type MonitoredWorkers, PrimaryMonitoring } from "./primary-monitoring.js";
import type { ToPrimary, WorkerSettings } from "./worker-messages.js";
import { type ForkedWorker, type ForkListener, WorkerPool } from "./worker-pool.js";
import { workerEnvironment } from "./worker-process.js";

/**
 * Runs the primary of WORKERS processes until it is stopped: it starts them, replaces those that end, and has the hub that
 * connects them. The main port belongs to it too, and each connection goes to the next worker.
 *
 * @param program the path of the server's main file, which is not the one that Node was started with if that imports it, as
 *   `npm start` does
 */
export async function runPrimary(env: Env, logger: LeveledLogger, program: string): Promise<void> {
  cluster.setupPrimary({ exec: program, args: [] });
  const clock = systemClock;
  const hub = await IpcHub.listen({ clock, logger });
  const socketOf = (number: number) => `${hub.path}-${number}`;
  let monitoringPort: number | undefined;
  /** The level that an operator has set, for workers that start later. */
  let logLevel: LogLevel | undefined;
  const common = commonSettings(env, clock);
  const port = env.PORT === 0 ? await freePort(env.HOST) : env.PORT;
  const end = async (code: number) => {
    await monitoring?.close();
    await hub.close();
    process.exit(code);
  };
  const pool = new WorkerPool({
    count: env.WORKERS,
    timeoutMs: env.WORKER_TIMEOUT_MS,
    fork(number, listener) {
      const monitoring = monitoringPort === undefined ? undefined : { path: socketOf(number), port: monitoringPort };
      const settings = { number, hubPath: hub.path, logLevel, monitoring };
      return forkWorker(settings, { PORT: String(port), ...common }, listener);
    },
    onListening({ banner, addresses }) {
      // Between JSON lines, a program that reads the log would stumble over it.
      if (env.LOG_FORMAT === "text") process.stdout.write(`${banner}\n`);
      logger.info("The server listens", { ...addresses, workers: env.WORKERS });
    },
    onFailed(reason) {
      process.stderr.write(`${reason}\n`);
      void end(1);
    },
    clock,
    logger,
  });
  process.on("SIGHUP", () => {
    logLevel = undefined;
    reloadLevel(logger);
    pool.broadcast({ type: "reload" });
  });
  let isStopping = false;
  const workers: MonitoredWorkers = {
    sockets: () => new Map(pool.running.map((number) => [number, socketOf(number)])),
    get listening() {
      return pool.listening;
    },
    get isStopping() {
      return isStopping;
    },
  };
  const allowedHosts = hostsOf(env, env.METRICS_HOST);
  const monitoring =
    env.METRICS_PORT === ""
      ? undefined
      : new PrimaryMonitoring(workers, {
          allowedHosts,
          logger,
          asksServers: env.REDIS_URL !== "",
          onLogLevel(level) {
            logLevel = level;
            logger.level = level;
          },
        });
  const signals = new StopSignals(clock, {
    async onStop(signal) {
      isStopping = true;
      const { DRAIN_DELAY_MS: delayMs, DRAIN_MS: drainMs } = env;
      const start = clock.monotonic();
      logger.info("The server stops", { signal, delayMs, drainMs, workers: pool.listening.length });
      if (delayMs > 0) await new Promise<void>((resolve) => setTimeout(resolve, delayMs));
      const isClean = await pool.stop(signal, { drainMs });
      logger.info("The server has stopped", { afterMs: Math.round(clock.monotonic() - start) });
      await end(isClean ? 0 : 1);
    },
    onAgain() {
      pool.kill();
      process.exit(1);
    },
  });
  signals.listen();
  try {
    monitoringPort = await monitoring?.listen(Number(env.METRICS_PORT), env.METRICS_HOST);
  } catch (error) {
    await hub.close();
    throw error;
  }
  pool.start();
}

/**
 * Returns a free port for all workers. With port 0, `node:cluster` shares one only while a worker listens: a replacement
 * could get another one than the printed one.
 */
async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Returns the variables that have to be the same in all workers, and that each would choose for itself. */
export function commonSettings({ DATAFEED, REPLAY_STARTS_AT }: Env, clock: Clock): Record<string, string> {
  // All workers are at the same position of the recording, also one that starts later.
  if (DATAFEED === "replay" && REPLAY_STARTS_AT === "")
    return { REPLAY_STARTS_AT: new Date(clock.now()).toISOString() };
  return {};
}

function forkWorker(
  settings: WorkerSettings,
  variables: Record<string, string>,
  { onMessage, onExit }: ForkListener,
): ForkedWorker {
  const worker = cluster.fork({ ...workerEnvironment(settings), ...variables });
  worker.on("message", (message: ToPrimary) => onMessage(message));
  worker.on("exit", (code, signal) => onExit((signal as NodeJS.Signals | null) ?? code));
  // An error of the channel to a worker that is ending; "exit" follows.
  worker.on("error", () => {});
  return {
    pid: worker.process.pid,
    send: (message) => void (worker.isConnected() && worker.send(message)),
    kill: () => void worker.process.kill("SIGKILL"),
  };
}

/** Applies a changed LOG_LEVEL to the primary's own lines. The workers report invalid settings. */
function reloadLevel(logger: LeveledLogger): void {
  try {
    logger.level = parseEnv(process.env).LOG_LEVEL;
  } catch {
    // They stay as they are.
  }
}
