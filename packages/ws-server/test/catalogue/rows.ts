/** A row of the catalogue of failures (2) or of attacks (3), and the test that shows what we do about it. */
export interface Row {
  readonly row: string;
  readonly what: string;
  /** Below `test/`. */
  readonly file: string;
  /** Part of the test's name, as it stands in the file. */
  readonly test: string;
}

const row = (number: string, what: string, file: string, test: string): Row => ({ row: number, what, file, test });

/** Every row that concerns the server. The others are the client's, or of several nodes. */
export const ROWS: readonly Row[] = [
  row("2.1", "snapshot and live race", "model/server.test.ts", "random histories leave no client with a gap"),
  row(
    "2.2",
    "concurrent first subscribers",
    "topic-registry.test.ts",
    "concurrent first subscribers share one createTopic",
  ),
  row(
    "2.3",
    "unsubscribe while the start is pending",
    "topic-registry.test.ts",
    "removes exactly once, after it has settled",
  ),
  row("2.4", "the start fails while others wait", "topic-registry.test.ts", "a start that fails refuses every waiter"),
  row("2.5", "double subscribe", "topic-registry.test.ts", "acquiring twice is one subscription"),
  row("2.6", "disconnect without unsubscribe", "server.test.ts", "releases everything that was held"),
  row("2.7", "unsubscribe of what is not held", "server.test.ts", "what is not held is ok, and touches nobody else"),
  row("2.8", "a stranger's unsubscribe", "topic-registry.test.ts", "a stranger's release touches nobody"),
  row("2.11", "half-open connections", "session/session.test.ts", "one that does not is closed with 4203"),
  row(
    "2.12",
    "stalls of the event loop",
    "heartbeat.test.ts",
    "condemns nobody for the time that the process has lost",
  ),
  row("2.13", "a client that only receives", "session/session.test.ts", "a session that answers pings lives"),
  row("2.14", "head-of-line blocking", "session/session.test.ts", "of a keyed route are spared what was superseded"),
  row("2.15", "unbounded send buffer", "delivery.test.ts", "takes no update past its limit, but replies"),
  row("2.20", "duplicates and reordering", "model/watcher.ts", "after position"),
  row("2.22", "token expiry", "session/session.test.ts", "ends with its token: warned once, closed in time"),
  row("2.23", "a refresh races another", "session/session.test.ts", "twice at once, the one that was sent last holds"),
  row("2.24", "clock jumps", "session/session.test.ts", "follows a date that jumps within half a minute"),
  row("2.29", "every request is answered", "model/world.ts", "requests were never answered"),
  row("2.33", "faults of a source", "server.test.ts", "leaks no detail, and harms only its own topic"),
  row("2.34", "publishing inside createTopic", "server.test.ts", "is answered before the first update"),
  row("2.35", "publishing after removeTopic", "topic-registry.test.ts", "after the removal is dropped, and says so"),
  row(
    "2.36",
    "backpressure towards a source",
    "retention.test.ts",
    "holds no more than its bound, however much goes through it",
  ),
  row(
    "2.37",
    "lifespans that end together",
    "session/session.test.ts",
    "a session lives for 80 to 100 % of the maximum",
  ),
  row("2.38", "a slow subscribe", "server.test.ts", "with ids, a slow start holds up nobody"),
  row("2.39", "one callback for a whole route", "session/session.test.ts", "goes to its own account alone"),
  row("2.42", "graceful shutdown", "session/session.test.ts", "tells sessions, closes base clients in batches"),
  row("3.1", "pages of other origins", "security/handshake.test.ts", "origin"),
  row("3.2", "a cookie alone", "security/handshake.test.ts", "cookie"),
  row("3.3", "a token in the query", "security/handshake.test.ts", "access_token"),
  row(
    "3.4",
    "a token in the subprotocol",
    "observability/metrics.test.ts",
    "expect(socket.protocol).not.toContain(token)",
  ),
  row("3.5", "login in band", "session/session.test.ts", "with a token that is not valid, or another subject's"),
  row("3.6", "forged tokens", "security/jwt.test.ts", "none"),
  row("3.7", "revocation", "session/session.test.ts", "is taken again when the right to it is withdrawn"),
  row(
    "3.8",
    "another account's topic",
    "session/session.test.ts",
    "is nobody else's by any other spelling of its parameters",
  ),
  row("3.9", "rates", "connection.test.ts", "is read no further while it asks for more than its rate"),
  row("3.10", "connections by address", "security/limits.test.ts", "address"),
  row("3.11", "large messages", "rfc6455/framing.test.ts", "1009"),
  row("3.12", "decompression bombs", "compression.test.ts", "does not let a small frame become a large one"),
  row("3.13", "fragments", "hostile/exhaustion.test.ts", "row 13"),
  row("3.14", "ping floods", "hostile/exhaustion.test.ts", "row 14"),
  row("3.15", "broken frames", "rfc6455/framing.test.ts", "RSV"),
  row("3.16", "slow handshakes", "hostile/exhaustion.test.ts", "row 16"),
  row("3.17", "half a frame, then silence", "hostile/exhaustion.test.ts", "row 17"),
  row("3.18", "headers without end", "rfc6455/handshake.test.ts", "2,100 headers"),
  row("3.19", "binary frames", "server.test.ts", "a binary frame"),
  row("3.20", "very many topics", "server.test.ts", "one topic too many is refused"),
  row("3.21", "topics without end", "session/session.test.ts", "more topics than may run are refused"),
  row("3.22", "prototype pollution", "hostile/messages.test.ts", "row 22"),
  row("3.23", "nesting", "hostile/messages.test.ts", "row 23"),
  row("3.24", "huge lists", "hostile/messages.test.ts", "row 24"),
  row("3.25", "numbers", "hostile/messages.test.ts", "row 25"),
  row("3.26", "lone surrogates and controls", "hostile/messages.test.ts", "row 26"),
  row("3.27", "repeated keys", "hostile/messages.test.ts", "row 27"),
  row("3.29", "log injection", "observability/logger.test.ts", "text from outside can neither forge a line"),
  row("3.30", "details in errors", "topic-registry.test.ts", "password=hunter2"),
  row("3.31", "long close reasons", "hostile/messages.test.ts", "row 31"),
  row("3.33", "metrics for everybody", "observability/metrics.test.ts", "are served by a listener of their own"),
  row("3.34", "plain HTTP on the port", "server.test.ts", "tells plain HTTP what it is"),
  row("3.35", "other WebSocket versions", "rfc6455/handshake.test.ts", "Version"),
];
