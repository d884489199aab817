import { WsServerError } from "../../errors.js";

/** A Redis server, and how to log in. */
export interface RedisEndpoint {
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly isTls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

const FORMS = "redis://[user:password@]host[:port][/database], rediss:// with TLS, or unix:///path/to/socket";

/** Parses the URL of a Redis server. @throws WsServerError that never contains the password */
export function parseRedisUrl(text: string): RedisEndpoint {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalid("it is not a URL");
  }
  const { protocol, hostname, port, pathname } = url;
  const login = { username: decoded(url.username), password: decoded(url.password) };
  if (protocol === "unix:") {
    if (hostname !== "" || pathname.length < 2) throw invalid("the path of the socket must follow unix://");
    return { address: { path: decodeURIComponent(pathname) }, isTls: false, ...login, database: 0 };
  }
  if (protocol !== "redis:" && protocol !== "rediss:") throw invalid(`it begins with ${protocol}//`);
  if (hostname === "") throw invalid("it has no host");
  if (!/^\/?\d{0,4}$/.test(pathname)) throw invalid("the database after the host must be a number");
  const host = decodeURIComponent(hostname).replace(/^\[(.*)\]$/, "$1");
  const address = { host, port: port === "" ? 6379 : Number(port) };
  return { address, isTls: protocol === "rediss:", ...login, database: Number(pathname.slice(1)) };
}

/** Returns the address of an endpoint as people write it, without the password. */
export function addressOf({ address }: RedisEndpoint): string {
  if ("path" in address) return address.path;
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

function decoded(part: string): string | undefined {
  return part === "" ? undefined : decodeURIComponent(part);
}

function invalid(problem: string): WsServerError {
  return new WsServerError("invalid_option", `Invalid option "url" of a RedisBus: ${problem}; expected ${FORMS}`);
}
