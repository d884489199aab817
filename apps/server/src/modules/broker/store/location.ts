import { join } from "node:path";
import { StoreError } from "./store.js";

/** The location of a store. */
export interface StoreLocation {
  /** URL of a PostgreSQL database. @default a file in `dataDirectory` */
  readonly databaseUrl?: string | undefined;
  /** @default the store is in memory */
  readonly dataDirectory?: string | undefined;
}

/** Returns the path of an SQLite store; undefined for PostgreSQL. */
export function storeFile({ databaseUrl, dataDirectory }: StoreLocation): string | undefined {
  if (databaseUrl !== undefined) return undefined;
  return dataDirectory === undefined ? ":memory:" : join(dataDirectory, "broker.db");
}

/** Returns the name of a store for messages. It does not contain the URL, which can contain a password. */
export function describeLocation(location: StoreLocation): string {
  const file = storeFile(location);
  return file === undefined ? "database at DATABASE_URL" : `file ${file}`;
}

/** Returns the error for a store that cannot be used. @param action what failed, such as `Cannot open` */
export function unreachable(action: string, location: StoreLocation, cause: unknown): StoreError {
  const message = `${action} the broker's ${describeLocation(location)}: ${reasonOf(cause)}.`;
  return new StoreError("store_unreachable", message, { cause });
}

/**
 * Errors that can end by themselves: of the network, and of a database that starts, stops or has no free connection.
 * Other errors need a change of the configuration.
 */
const TEMPORARY =
  /^(E(CONNREFUSED|CONNRESET|CONNABORTED|TIMEDOUT|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN|PIPE|NOTFOUND|AI_AGAIN)|08(?!P01).*|53.*|55P03|57.*|SQLITE_BUSY.*)$/;

/**
 * Returns the error for a store that cannot be opened: `store_unreachable` if a retry can succeed, otherwise
 * `store_refused`.
 */
export function cannotOpen(location: StoreLocation, cause: unknown): StoreError {
  const { code = "", message } = cause as { code?: string; message: string };
  // pg's own errors of a lost connection have no code. PgBouncer has one code for everything.
  const isTemporary = code === "" || TEMPORARY.test(code) || message.includes("server_login_retry");
  const error = unreachable("Cannot open", location, cause);
  return isTemporary ? error : new StoreError("store_refused", error.message, { cause });
}

/** Codes of a certificate that no trusted authority has signed. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  "CERT_SIGNATURE_FAILURE",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Returns an error's message. That of a host with several addresses is empty: each address has its own error. */
function reasonOf(error: unknown): string {
  const { message, errors, code = "" } = error as { message: string; errors?: readonly Error[]; code?: string };
  const reason = message || (errors ?? []).map((each) => each.message).join(", ");
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return `${reason} Use the name in the certificate as the URL's host`;
  if (!UNTRUSTED.has(code)) return reason;
  return `${reason}; the URL's sslrootcert must be the file of the certificate authority that signed the database's certificate`;
}
