import { readFileSync } from "node:fs";

/** Open files that are not clients of the main port: listeners, the database, recordings, logs, libraries. */
const RESERVED_FILES = 64;
/** Connections of the monitoring port, which must be served when clients have used up all others. */
export const MONITORING_CONNECTIONS = 100;
/** TCP connections for HTTP requests, in addition to the sockets. */
export const REQUEST_CONNECTIONS = 100;
/** The share of the limit that is left for sockets if it is so low that the reserve would take all. */
const MIN_SHARE = 1 / 8;

/** The remedy for a limit of open files that is too low. */
export const RAISE_OPEN_FILES =
  "raise it with ulimit -n in the shell that starts the server, LimitNOFILE= in a systemd unit, or ulimits nofile in Docker";

/** Returns the number of files and sockets that this process can open; undefined without a limit, or if it is unknown. */
export function openFileLimit(): number | undefined {
  let limits: string;
  try {
    limits = readFileSync("/proc/self/limits", "utf8");
  } catch {
    // Not Linux.
    return numberOf(reportedLimit());
  }
  return numberOf(/^Max open files\s+(\S+)/m.exec(limits)?.[1]);
}

/**
 * Returns the number of sockets that the server can accept, so that its port stops accepting clients before the process has
 * run out of open files: then no file could be opened, no database be reached, and no health check be answered.
 *
 * @param wanted the limit that is set; 0 = none
 * @param openFiles the process's limit; undefined = none
 * @returns 0 = no limit
 */
export function fitSockets(wanted: number, openFiles: number | undefined): number {
  if (openFiles === undefined) return wanted;
  const others = RESERVED_FILES + MONITORING_CONNECTIONS + REQUEST_CONNECTIONS;
  const available = Math.max(openFiles - others, Math.floor(openFiles * MIN_SHARE), 1);
  return wanted === 0 ? available : Math.min(wanted, available);
}

function reportedLimit(): unknown {
  // Node's types do not have it yet. Without it, the report looks up the names of all connected addresses.
  (process.report as { excludeNetwork?: boolean }).excludeNetwork = true;
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
  return userLimits?.open_files?.soft;
}

function numberOf(limit: unknown): number | undefined {
  const number = Number(limit);
  return Number.isInteger(number) && number > 0 ? number : undefined;
}
