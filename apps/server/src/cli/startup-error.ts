import { WsServerError } from "@trading/ws-server";
import { EnvError } from "../config/env.js";
import { RAISE_OPEN_FILES } from "../http/open-files.js";
import { StoreError } from "../modules/broker/store/store.js";
import { RecordingError } from "../modules/datafeed/sources/replay/csv/recording-error.js";
import { CommandError } from "./command-error.js";

/**
 * Returns the message for an error that prevented the start. Expected errors are one line that states the remedy;
 * unexpected ones keep their stack.
 */
export function describeStartupError(error: unknown, host: string, port: number): string {
  const isExpected = [EnvError, RecordingError, StoreError, CommandError].some((known) => error instanceof known);
  if (isExpected) return (error as Error).message;
  if (error instanceof WsServerError && error.code === "invalid_option") return inVariables(error.message);
  switch ((error as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return `Port ${port} is already in use on ${host}. Stop the other process, or use another port: PORT=${port === 65_535 ? 8000 : port + 1} npm start`;
    case "EACCES":
      if ((error as NodeJS.ErrnoException).syscall !== "listen") break;
      return `Port ${port} requires privileges that this process does not have. Use one above 1023: PORT=8000 npm start`;
    case "EMFILE":
    case "ENFILE":
      return `The limit of open files is reached (${(error as Error).message}): ${RAISE_OPEN_FILES}.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `Invalid HOST ${JSON.stringify(host)}: expected an address of this machine, such as 127.0.0.1.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Environment variables by the option of `createServer` that they set. */
const VARIABLE_OF: Readonly<Record<string, string>> = {
  allowedOrigins: "ALLOWED_ORIGINS",
  allowedHosts: "ALLOWED_HOSTS",
  trustedProxies: "TRUSTED_PROXIES",
};

/** Replaces the option's name in a message of `createServer` with the variable's, which is what the operator has set. */
function inVariables(message: string): string {
  const named = message.replace(
    /option "(allowedOrigins|allowedHosts|trustedProxies)"/,
    (_, option) => VARIABLE_OF[option] ?? option,
  );
  return `${named}.`;
}
