/** A reason for which a node cannot use Redis, in one sentence that says what to do. */
export class RedisProblem extends Error {
  override readonly name = "RedisProblem";
}

/** Sentences by the start of Redis' error reply. They follow "Redis at <address>". */
const REPLIES: readonly (readonly [start: RegExp, sentence: (reply: string) => string])[] = [
  [
    /^WRONGPASS/,
    () => "refuses the user name or the password: check them in the URL, and percent-encode special characters",
  ],
  [/^NOAUTH/, () => "requires a password: write it into the URL, as redis://user:password@host"],
  [
    /^NOPERM|ACL failure|^The user executing the script/,
    (reply) => `does not permit a command that a node needs: see deploy/redis/users.conf (${reply})`,
  ],
  [/^DENIED/, () => "is in protected mode and accepts local clients only: set a password or an ACL user in Redis"],
  [/^READONLY/, () => "is a read-only replica: give the URL of the primary"],
  [/^(MOVED|CROSSSLOT|CLUSTERDOWN)/, () => CLUSTER_MODE],
  [/^LOADING/, () => "is loading its data: the node connects when it is ready"],
  [
    /^MISCONF/,
    () => "refuses writes because it cannot save to its disk: free its disk, or turn off stop-writes-on-bgsave-error",
  ],
  [/^OOM/, () => "has used its maxmemory and refuses writes: raise it, or use a Redis for this purpose alone"],
  [/^ERR max number of clients/, () => "has no room for a further client: raise its maxclients"],
  [/^ERR (unknown command|NOPROTO)/i, (reply) => `is too old: version 6.2 or later is needed (${reply})`],
  [/^NOPROTO/, () => "does not support RESP3: version 6.2 or later is needed"],
  [
    /^ERR (DB index|invalid DB)/i,
    () => "does not have the database in the URL: write a lower number after the host, or none",
  ],
];

/** The sentence for a server that accepts a connection and does not reply. */
export const SILENT = "does not reply: check host, port and TLS (redis:// or rediss://) in the URL, and firewalls";

const CLOSED =
  "has closed the connection: it was stopped, requires TLS (rediss://), or this node reads too slowly for its client-output-buffer-limit";

/** Sentences by the code of a network error. */
const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections: check that it runs, and the host and the port in the URL",
  ENOENT: "does not exist: check that Redis runs with this unixsocket",
  EACCES: "must not be opened by this user: check the unixsocketperm of Redis",
  ENOTFOUND: "cannot be found: check the host name in the URL",
  EAI_AGAIN: "cannot be found at the moment: check the host name in the URL, and the name server",
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  EHOSTUNREACH: "cannot be reached: check the network between this host and Redis",
  ENETUNREACH: "cannot be reached: check the network between this host and Redis",
  ETIMEDOUT: SILENT,
  ERR_SSL_WRONG_VERSION_NUMBER:
    "does not speak TLS on this port: write redis:// instead of rediss://, or give its tls-port",
  EPROTO: "does not speak TLS on this port: write redis:// instead of rediss://, or give its tls-port",
  DEPTH_ZERO_SELF_SIGNED_CERT: "has a self-signed certificate: pass its authority as tls.ca",
  SELF_SIGNED_CERT_IN_CHAIN: "has a certificate of an unknown authority: pass the authority as tls.ca",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "has a certificate of an unknown authority: pass the authority as tls.ca",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "has a certificate of an unknown authority: pass the authority as tls.ca",
  CERT_HAS_EXPIRED: "has an expired certificate: renew it",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "has a certificate for another host: write that host into the URL, or pass tls.servername",
};

export const CLUSTER_MODE =
  "is in cluster mode, which is not supported: give the URL of a server without cluster-enabled";

/** Returns the sentence for an error of a connection. @param address where the server was expected */
export function redisProblem(address: string, error: unknown, server: "Redis" | "Sentinel" = "Redis"): RedisProblem {
  if (error instanceof RedisProblem) return error;
  return new RedisProblem(`${server} at ${address} ${sentenceFor(error as Error)}`, { cause: error });
}

function sentenceFor(error: Error & { readonly code?: string }): string {
  const { code = "" } = error;
  // Redis 6.2 puts the place in the script before the reply of a command.
  const message = error.message.replace(/^ERR Error running script.*@user_script: ?\d+: -?/, "");
  const reply = REPLIES.find(([start]) => start.test(message));
  if (reply !== undefined) return reply[1](message);
  if (NETWORK[code] !== undefined) return NETWORK[code];
  if (/^Unknown RESP type/.test(message)) return "does not speak the protocol of Redis: check the port in the URL";
  if (message === "Connection timeout") return SILENT;
  if (message === "Socket closed unexpectedly") return CLOSED;
  return `cannot be used: ${message}`;
}
