import { WsServerError } from "@trading/ws-server";
import { EnvError } from "../config/env.js";
import { StoreError } from "../modules/broker/store/store.js";
import { RecordingError } from "../modules/datafeed/sources/replay/csv.js";
import { TokenCommandError } from "./token-command.js";

/** Why the server could not start, in words for whoever started it; what it does not know keeps its stack. */
export function describeStartupError(error: unknown, host: string, port: number): string {
  const inWords = [EnvError, RecordingError, StoreError, TokenCommandError].some((known) => error instanceof known);
  if (inWords) return (error as Error).message;
  if (error instanceof WsServerError && error.code === "invalid_option") return inVariables(error.message);
  switch ((error as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return `Port ${port} is taken on ${host}. Stop what uses it, or choose another: PORT=${port === 65_535 ? 8000 : port + 1} npm start`;
    case "EACCES":
      return `Port ${port} needs rights that this process does not have. Choose one above 1023: PORT=8000 npm start`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `HOST is ${JSON.stringify(host)}, which is no address of this machine: give one of its own, such as 127.0.0.1.`;
    default:
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

/** What the engine calls what the variables name. */
const VARIABLE_OF: Readonly<Record<string, string>> = {
  allowedOrigins: "ALLOWED_ORIGINS",
  trustedProxies: "TRUSTED_PROXIES",
};

function inVariables(message: string): string {
  return `${message.replace(/^\w+/, (option) => VARIABLE_OF[option] ?? option)}.`;
}
