import cluster from "node:cluster";
import { ALIVE_MS, type ToPrimary, type ToWorker, type WorkerSettings } from "./worker-messages.js";

/** The environment variable that carries the settings of a worker. */
const SETTINGS = "TRADING_WORKER";

/** Returns the environment variables for a worker, in addition to those of the primary. */
export function workerEnvironment(settings: WorkerSettings): Record<string, string> {
  return { [SETTINGS]: JSON.stringify(settings) };
}

/**
 * This process as a worker of a primary. It ends by itself when the primary is gone. Signals are the primary's: a terminal and a
 * service manager send them to all processes at the same time, but the workers stop in turn.
 */
export class WorkerProcess {
  readonly settings: WorkerSettings;
  #received: ToWorker[] = [];
  #listener: ((message: ToWorker) => void) | undefined;

  /** Returns this process if it is a worker. */
  static current(): WorkerProcess | undefined {
    const settings = process.env[SETTINGS];
    return cluster.isWorker && settings !== undefined ? new WorkerProcess(JSON.parse(settings)) : undefined;
  }

  private constructor(settings: WorkerSettings) {
    this.settings = settings;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
    setInterval(() => void this.send({ type: "alive" }), ALIVE_MS).unref();
    process.on("message", (message: ToWorker) => {
      if (this.#listener === undefined) this.#received.push(message);
      else this.#listener(message);
    });
  }

  /** Calls back with each message of the primary, also those that have already arrived. */
  onMessage(listener: (message: ToWorker) => void): void {
    this.#listener = listener;
    const received = this.#received;
    this.#received = [];
    for (const message of received) listener(message);
  }

  /** Sends a message to the primary. @returns when the process can end without losing it */
  send(message: ToPrimary): Promise<void> {
    return new Promise((resolve) => {
      if (process.send === undefined) resolve();
      else process.send(message, () => resolve());
    });
  }
}
