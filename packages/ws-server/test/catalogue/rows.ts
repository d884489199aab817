/** A row of the catalogue of failures (2) or of attacks (3) that concerns the server. The others concern the client. */
export interface Row {
  readonly row: string;
  readonly what: string;
  /**
   * The test that covers the row, if its name does not begin with the row's number: its file, relative to `test/`, and
   * the beginning of its name.
   */
  readonly elsewhere?: readonly [file: string, title: string];
}

const row = (number: string, what: string, ...elsewhere: [] | [file: string, title: string]): Row => ({
  row: number,
  what,
  ...(elsewhere.length === 2 && { elsewhere }),
});

const REGISTRY = "topics/topic-registry.test.ts";

/** Every row has a test whose name begins with its number, or cites a test. */
export const ROWS: readonly Row[] = [
  row("2.1", "snapshot and live race"),
  row("2.2", "concurrent first subscribers"),
  row("2.3", "unsubscribe while the start is pending"),
  row("2.4", "the start fails while others wait", REGISTRY, "a failed start rejects every waiting subscriber"),
  row("2.5", "double subscribe", REGISTRY, "acquiring a topic twice makes one subscription"),
  row("2.6", "disconnect without unsubscribe"),
  row("2.7", "unsubscribe without a subscription"),
  row("2.8", "unsubscribe of another client's topic", REGISTRY, "releasing a topic that is not subscribed"),
  row("2.11", "half-open connections"),
  row("2.12", "stalls of the event loop"),
  row("2.13", "a client that only receives"),
  row("2.14", "head-of-line blocking"),
  row("2.15", "unbounded send buffer"),
  row("2.20", "duplicates and reordering"),
  row("2.22", "token expiry"),
  row("2.23", "a refresh races another connection"),
  row("2.24", "clock jumps"),
  row("2.29", "every request gets a reply"),
  row("2.31", "mount, unmount, mount"),
  row("2.33", "failures of a source"),
  row("2.34", "publishing inside createTopic"),
  row("2.35", "publishing after removeTopic"),
  row("2.36", "backpressure towards a source"),
  row("2.37", "lifespans that end together"),
  row("2.38", "a slow subscribe"),
  row("2.39", "one callback for a whole route"),
  row("2.42", "graceful shutdown"),
  row("3.1", "pages of other origins", "handshake/origins.test.ts", "an Origin"),
  row("3.2", "a cookie alone", "handshake/origins.test.ts", "of another site is refused whatever cookies"),
  row("3.3", "a token in the query", "handshake/upgrade-handler.test.ts", "a token in the query"),
  row("3.4", "a token in the subprotocol"),
  row("3.5", "login in band"),
  row("3.6", "forged tokens", "auth/jwt.test.ts", "a bad token is refused with the same message"),
  row("3.7", "revocation"),
  row("3.8", "another account's topic"),
  row("3.9", "rates"),
  row("3.10", "connections by address", "handshake/upgrade-handler.test.ts", "one client behind a proxy cannot take"),
  row("3.11", "large messages", "rfc6455/framing.test.ts", "one byte over the limit"),
  row("3.12", "decompression bombs"),
  row("3.13", "fragments", "hostile/exhaustion.test.ts", "row 13"),
  row("3.14", "ping floods", "hostile/exhaustion.test.ts", "row 14"),
  row("3.15", "broken frames", "rfc6455/framing.test.ts", "a frame that breaks the protocol is closed"),
  row("3.16", "slow handshakes", "hostile/exhaustion.test.ts", "row 16"),
  row("3.17", "half a frame, then silence", "hostile/exhaustion.test.ts", "row 17"),
  row("3.18", "an unlimited number of headers", "rfc6455/handshake.test.ts", "§4.2.1 2,100 headers"),
  row("3.19", "binary frames", "rfc6455/framing.test.ts", "binary frames"),
  row("3.20", "very many topics"),
  row("3.21", "an unlimited number of topics"),
  row("3.22", "prototype pollution", "hostile/messages.test.ts", "row 22"),
  row("3.23", "nesting", "hostile/messages.test.ts", "row 23"),
  row("3.24", "huge lists", "hostile/messages.test.ts", "row 24"),
  row("3.25", "numbers", "hostile/messages.test.ts", "row 25"),
  row("3.26", "lone surrogates and controls", "hostile/messages.test.ts", "row 26"),
  row("3.27", "repeated keys"),
  row("3.29", "log injection"),
  row("3.30", "details in errors"),
  row("3.31", "long close reasons"),
  row("3.33", "public metrics"),
  row("3.34", "plain HTTP on the port"),
  row("3.35", "other WebSocket versions", "handshake/handshake.test.ts", "version %j: 426"),
];
