import { z } from "zod";
import { LIMIT, LIMIT_FROM_1, MAX_INT32, type Variable, wholeNumber } from "./variable.js";

/** The variables that limit what clients can use, and how long things may take. */
export const LIMITS = {
  MAX_CONNECTIONS: {
    schema: z.literal("").or(wholeNumber(0, MAX_INT32)),
    default: "",
    expected: LIMIT,
    description:
      "the maximum number of sockets; further ones are rejected with 503; if not set, 10000; the HTTP API has 100 TCP connections in addition; at most what the process's limit of open files permits, less a reserve for the HTTP API, monitoring and the database",
  },
  MAX_CONNECTIONS_PER_ADDRESS: {
    schema: z.literal("").or(wholeNumber(0, MAX_INT32)),
    default: "",
    expected: LIMIT,
    description:
      "the maximum number of sockets per client address; further ones are rejected with 429; if not set, 1000, and at most half of the sockets of all addresses; the HTTP API has 20 TCP connections in addition; applies to private addresses only if TRUSTED_PROXIES is set",
  },
  MAX_NEW_CONNECTIONS_PER_SECOND_PER_ADDRESS: {
    schema: wholeNumber(0, MAX_INT32),
    default: "200",
    expected: LIMIT,
    description:
      "the maximum rate of new TCP connections per client address, of all WORKERS together, after a burst of five seconds' connections; further ones are closed; behind a proxy, set TRUSTED_PROXIES, whose addresses have no limit, otherwise all clients share one",
  },
  MAX_REQUESTS_PER_SECOND_PER_ADDRESS: {
    schema: wholeNumber(0, MAX_INT32),
    default: "100",
    expected: LIMIT,
    description:
      "the maximum rate of HTTP requests per client address, after a burst of ten seconds' requests; further ones are rejected with 429; behind a proxy, set TRUSTED_PROXIES, otherwise all clients share one address",
  },
  MAX_REQUESTS_PER_SECOND_PER_USER: {
    schema: wholeNumber(0, MAX_INT32),
    default: "50",
    expected: LIMIT,
    description: "the same for each user (the token's sub), over all of the user's addresses",
  },
  MAX_ORDERS_PER_SECOND_PER_ACCOUNT: {
    schema: wholeNumber(0, MAX_INT32),
    default: "20",
    expected: LIMIT,
    description:
      "the same for requests that change an account: orders placed, modified, cancelled or previewed, and positions closed",
  },
  MAX_SOCKET_REQUESTS_PER_SECOND_PER_CONNECTION: {
    schema: wholeNumber(0, MAX_INT32),
    default: "100",
    expected: LIMIT,
    description:
      "the maximum rate of requests on a socket, after a burst of MAX_SOCKET_REQUEST_BURST_PER_CONNECTION; above it, the socket is read more slowly; each 16 KiB of a message count as one more request, and pings and pongs above the same rate close the socket",
  },
  MAX_SOCKET_REQUESTS_PER_SECOND_PER_ANONYMOUS_CONNECTION: {
    schema: wholeNumber(0, MAX_INT32),
    default: "50",
    expected: LIMIT,
    description: "the same for a connection that has not logged in",
  },
  MAX_SOCKET_REQUESTS_PER_SECOND_PER_ADDRESS: {
    schema: wholeNumber(0, MAX_INT32),
    default: "500",
    expected: LIMIT,
    description:
      "the same for all connections of a client address without a login together; applies to private addresses only if TRUSTED_PROXIES is set",
  },
  MAX_SOCKET_REQUESTS_PER_SECOND_PER_USER: {
    schema: wholeNumber(0, MAX_INT32),
    default: "500",
    expected: LIMIT,
    description: "the same for all connections of a user together",
  },
  MAX_SOCKET_REQUEST_BURST_PER_CONNECTION: {
    schema: wholeNumber(1, MAX_INT32),
    default: "1200",
    expected: LIMIT_FROM_1,
    description: "the number of requests that a socket can send after a pause before the rate applies",
  },
  MAX_SOCKET_REQUEST_BURST_PER_ANONYMOUS_CONNECTION: {
    schema: wholeNumber(1, MAX_INT32),
    default: "300",
    expected: LIMIT_FROM_1,
    description: "the same for a connection that has not logged in",
  },
  MAX_SOCKET_REQUEST_BURST_PER_ADDRESS: {
    schema: wholeNumber(1, MAX_INT32),
    default: "3000",
    expected: LIMIT_FROM_1,
    description:
      "the same for all connections of a client address without a login together; applies to private addresses only if TRUSTED_PROXIES is set",
  },
  MAX_SOCKET_REQUEST_BURST_PER_USER: {
    schema: wholeNumber(1, MAX_INT32),
    default: "6000",
    expected: LIMIT_FROM_1,
    description: "the same for all connections of a user together",
  },
  HTTP_TIMEOUT_MS: {
    schema: wholeNumber(1_000, 3_600_000),
    default: "30000",
    expected: "a whole number of milliseconds from 1000 to 3600000",
    description:
      "the time limit for a client to send an HTTP request, and to take its reply; then its connection is closed",
  },
  MAX_TOPICS_PER_CONNECTION: {
    schema: wholeNumber(0, MAX_INT32),
    default: "1000",
    expected: LIMIT,
    description: "the maximum number of subscribed topics per connection",
  },
  MAX_TOPICS_PER_ANONYMOUS_CONNECTION: {
    schema: wholeNumber(0, MAX_INT32),
    default: "100",
    expected: LIMIT,
    description: "the maximum number of subscribed topics per connection that has not logged in",
  },
  MAX_TOPICS_PER_ADDRESS: {
    schema: wholeNumber(0, MAX_INT32),
    default: "1000",
    expected: LIMIT,
    description:
      "the maximum number of topics that all connections of a client address without a login subscribe to together; applies to private addresses only if TRUSTED_PROXIES is set",
  },
  MAX_TOPICS_PER_USER: {
    schema: wholeNumber(0, MAX_INT32),
    default: "5000",
    expected: LIMIT,
    description: "the maximum number of topics that all connections of a user subscribe to together",
  },
  MAX_LIST_ITEMS_PER_CONNECTION: {
    schema: wholeNumber(0, MAX_INT32),
    default: "10000",
    expected: LIMIT,
    description:
      "the maximum number of items in the lists of a connection's topics, such as the symbols of quotes; the same symbols in another order are another topic",
  },
  MAX_LIST_ITEMS_PER_ANONYMOUS_CONNECTION: {
    schema: wholeNumber(0, MAX_INT32),
    default: "1000",
    expected: LIMIT,
    description: "the same for a connection that has not logged in",
  },
  MAX_LIST_ITEMS_PER_ADDRESS: {
    schema: wholeNumber(0, MAX_INT32),
    default: "5000",
    expected: LIMIT,
    description:
      "the same for all connections of a client address without a login together; applies to private addresses only if TRUSTED_PROXIES is set",
  },
  MAX_LIST_ITEMS_PER_USER: {
    schema: wholeNumber(0, MAX_INT32),
    default: "50000",
    expected: LIMIT,
    description: "the same for all connections of a user together",
  },
  MAX_TOPIC_CHARACTERS_PER_CONNECTION: {
    schema: wholeNumber(0, MAX_INT32),
    default: "4194304",
    expected: LIMIT,
    description:
      "the maximum length in characters of all topics of a connection together, which grows with the lists of their parameters",
  },
  MAX_TOPIC_CHARACTERS_PER_ANONYMOUS_CONNECTION: {
    schema: wholeNumber(0, MAX_INT32),
    default: "65536",
    expected: LIMIT,
    description: "the same for a connection that has not logged in",
  },
  MAX_TOPIC_CHARACTERS_PER_ADDRESS: {
    schema: wholeNumber(0, MAX_INT32),
    default: "524288",
    expected: LIMIT,
    description:
      "the same for all connections of a client address without a login together; applies to private addresses only if TRUSTED_PROXIES is set",
  },
  MAX_TOPIC_CHARACTERS_PER_USER: {
    schema: wholeNumber(0, MAX_INT32),
    default: "16777216",
    expected: LIMIT,
    description: "the same for all connections of a user together",
  },
  MAX_SUBSCRIBED_BYTES_PER_CONNECTION: {
    schema: wholeNumber(0, MAX_INT32),
    default: "134217728",
    expected: LIMIT,
    description:
      "the maximum memory in bytes of the updates that the topics of a connection keep; above it, further topics are refused",
  },
  MAX_SUBSCRIBED_BYTES_PER_ANONYMOUS_CONNECTION: {
    schema: wholeNumber(0, MAX_INT32),
    default: "16777216",
    expected: LIMIT,
    description: "the same for a connection that has not logged in",
  },
  MAX_SUBSCRIBED_BYTES_PER_ADDRESS: {
    schema: wholeNumber(0, MAX_INT32),
    default: "67108864",
    expected: LIMIT,
    description:
      "the same for all connections of a client address without a login together; applies to private addresses only if TRUSTED_PROXIES is set",
  },
  MAX_SUBSCRIBED_BYTES_PER_USER: {
    schema: wholeNumber(0, MAX_INT32),
    default: "268435456",
    expected: LIMIT,
    description: "the same for all connections of a user together",
  },
  MAX_TOPICS: {
    schema: wholeNumber(0, MAX_INT32),
    default: "100000",
    expected: LIMIT,
    description: "the maximum number of running topics; for a further one, a topic without subscribers ends first",
  },
  MAX_RETAINED_BYTES: {
    schema: wholeNumber(0, MAX_INT32),
    default: "536870912",
    expected: LIMIT,
    description:
      "the maximum memory in bytes of the updates that all topics keep for snapshots and recovery; above it, further topics are refused",
  },
  MAX_RETAINED_BYTES_PER_TOPIC: {
    schema: wholeNumber(0, MAX_INT32),
    default: "16777216",
    expected: LIMIT,
    description:
      "the same for each topic, whose oldest updates are dropped first; clients that were away for longer get a gap",
    restart: true,
  },
  TOPIC_START_TIMEOUT_MS: {
    schema: wholeNumber(0, 3_600_000),
    default: "2500",
    expected: "a whole number of milliseconds from 0 to 3600000; 0 means no limit",
    description:
      "the time limit for a topic to start, and for a token to be verified; then the reply is source_unavailable, and clients try again; legacy clients give up after 3000, so a longer limit is for clients of the SDK",
    restart: true,
  },
  TOPIC_LINGER_MS: {
    schema: wholeNumber(0, 3_600_000),
    default: "30000",
    expected: "a whole number of milliseconds from 0 to 3600000",
    description: "how long a topic keeps running after its last subscriber has left; less once half of MAX_TOPICS run",
  },
  MAX_BUFFERED_BYTES: {
    schema: wholeNumber(0, MAX_INT32),
    default: "1048576",
    expected: LIMIT,
    description: "the maximum number of bytes buffered for one client; above it, the client skips to the latest state",
  },
  MAX_FRAME_BYTES: {
    schema: wholeNumber(1, MAX_INT32),
    default: "65536",
    expected: LIMIT_FROM_1,
    description: "the maximum size in bytes of a message from a client; a larger one closes the socket with 1009",
    restart: true,
  },
  MAX_TOPIC_LENGTH: {
    schema: wholeNumber(0, MAX_INT32),
    default: "16384",
    expected: LIMIT,
    description: "the maximum length in characters of one topic; a longer one is refused",
    restart: true,
  },
  MAX_ERRORS_PER_CONNECTION: {
    schema: wholeNumber(0, MAX_INT32),
    default: "16",
    expected: LIMIT,
    description:
      "the number of errors after which a socket with the session extension is closed with 4102, where one is forgiven every ten seconds",
  },
  HEARTBEAT_INTERVAL_MS: {
    schema: wholeNumber(0, 3_600_000),
    default: "30000",
    expected: "a whole number of milliseconds from 0 to 3600000; 0 means no limit",
    description:
      "the time without a message from a client after which its socket is closed; the SDK sends heartbeats as often as needed",
    restart: true,
  },
  MAX_CONNECTION_LIFESPAN_MS: {
    schema: wholeNumber(0, MAX_INT32),
    default: "3600000",
    expected: `a whole number of milliseconds from 0 to ${MAX_INT32}; 0 means no limit`,
    description:
      "the time after which a socket is closed although it is in use, so that clients spread over the servers again",
    restart: true,
  },
} satisfies Readonly<Record<string, Variable>>;
