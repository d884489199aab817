import { WsServerError } from "../../errors.js";

/** The address of a Redis server or a Sentinel. */
export type RedisAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** A Redis server, and how to log in. */
export interface RedisEndpoint {
  readonly address: RedisAddress;
  readonly isTls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** The Sentinels that know the address of the server: then `address` is that of the first of them. */
  readonly sentinels?: SentinelGroup;
}

/** The Sentinels of a server, and how to log in to them. */
export interface SentinelGroup {
  /** The name under which they monitor the server. */
  readonly name: string;
  readonly addresses: readonly RedisAddress[];
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const FORMS =
  "redis://[user:password@]host[:port][/database], rediss:// with TLS, unix:///path/to/socket, or " +
  "redis+sentinel://[user:password@]host[:port],…/name[/database] for the Sentinels of a server";

const REDIS_PORT = 6_379;
const SENTINEL_PORT = 26_379;

/** Parses the URL of a Redis server. @throws WsServerError that never contains the password */
export function parseRedisUrl(text: string): RedisEndpoint {
  const [, scheme, rest] = /^(rediss?)\+sentinel:\/\/(.*)$/.exec(text) ?? [];
  if (rest !== undefined) return parseSentinelUrl(scheme === "rediss", rest);
  const { protocol, hostname, port, pathname, username, password } = parsed(text);
  const login = { username: decoded(username), password: decoded(password) };
  if (protocol === "unix:") {
    if (hostname !== "" || pathname.length < 2) throw invalid("the path of the socket must follow unix://");
    return { address: { path: decodeURIComponent(pathname) }, isTls: false, ...login, database: 0 };
  }
  if (protocol !== "redis:" && protocol !== "rediss:") throw invalid(`it begins with ${protocol}//`);
  const address = addressIn(hostname, port, REDIS_PORT);
  return { address, isTls: protocol === "rediss:", ...login, database: databaseIn(pathname) };
}

/** Returns the address of an endpoint as people write it, without the password. */
export function addressOf({ address }: Pick<RedisEndpoint, "address">): string {
  if ("path" in address) return address.path;
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

/** @param rest what follows the scheme */
function parseSentinelUrl(isTls: boolean, rest: string): RedisEndpoint {
  const [, login = "", hosts = "", path = "", query = ""] = /^(?:([^@/?]*)@)?([^/?]*)([^?]*)\??(.*)$/.exec(rest) ?? [];
  const { username, password } = parsed(`redis://${login}@host`);
  const addresses = hosts.split(",").map((host) => {
    const { hostname, port } = parsed(`redis://${host}`);
    return addressIn(hostname, port, SENTINEL_PORT);
  });
  const [, name = "", database = ""] = /^\/([^/]+)(.*)$/.exec(path) ?? [];
  if (name === "") throw invalid("the name under which the Sentinels monitor the server must follow the hosts");
  const parameters = new URLSearchParams(query);
  const sentinels = {
    name: decodeURIComponent(name),
    addresses,
    username: parameters.get("sentinelUser") ?? undefined,
    password: parameters.get("sentinelPassword") ?? undefined,
  };
  return {
    address: addresses[0] as RedisAddress,
    isTls,
    username: decoded(username),
    password: decoded(password),
    database: databaseIn(database),
    sentinels,
  };
}

function parsed(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw invalid("it is not a URL");
  }
}

function addressIn(hostname: string, port: string, usual: number): RedisAddress {
  if (hostname === "") throw invalid("it has no host");
  const host = decodeURIComponent(hostname).replace(/^\[(.*)\]$/, "$1");
  return { host, port: port === "" ? usual : Number(port) };
}

function databaseIn(path: string): number {
  if (!/^\/?\d{0,4}$/.test(path)) throw invalid("the database at the end must be a number");
  return Number(path.slice(1));
}

function decoded(part: string): string | undefined {
  return part === "" ? undefined : decodeURIComponent(part);
}

function invalid(problem: string): WsServerError {
  return new WsServerError("invalid_option", `Invalid option "url" of a RedisBus: ${problem}; expected ${FORMS}`);
}
