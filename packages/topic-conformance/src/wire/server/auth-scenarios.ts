import { is } from "../match.js";
import type { Peer } from "../peer.js";
import { scenarioList, WireFailure } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { order, ordersOf } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as authScenarios };

const REJECTED = "orders.subscribe.response";

const errorReply = inGroup({ section: "Authorization", tier: "required", needs: ["private"] });
const CODES = "The code of a rejection is `unauthorized` without a login and `forbidden` with one.";

errorReply("private-unauthorized", "rejects a private topic without a login, and stays open", CODES, async (server) => {
  const peer = await server.connect();
  const { params, topic } = ordersOf(server.name());
  peer.send({ type: "orders.subscribe", payload: params });
  const payload = { status: "error", code: "unauthorized", topic, message: is.text };
  await peer.expect({ type: REJECTED, payload });
  await server.settle(peer);
});

errorReply("private-forbidden", "rejects the topic of another user", CODES, async (server) => {
  const peer = await server.connectAs(server.name());
  const { params, topic } = ordersOf(server.name());
  peer.send({ type: "orders.subscribe", payload: params });
  await peer.expect({ type: REJECTED, payload: { status: "error", code: "forbidden", topic } });
  await server.settle(peer);
});

errorReply(
  "private-same-message",
  "rejects a topic that runs with the same message as one that does not",
  "The message is the same whether or not the requested resource exists.",
  async (server) => {
    const owner = server.name();
    const running = ordersOf(owner);
    await server.subscribe(await server.connectAs(owner), running);
    const peer = await server.connectAs(server.name());
    peer.send({ type: "orders.subscribe", payload: running.params });
    const { message } = (await peer.expect({ type: REJECTED, payload: { status: "error" } })).payload;
    peer.send({ type: "orders.subscribe", payload: ordersOf(server.name()).params });
    await peer.expect({ type: REJECTED, payload: { status: "error", message } });
  },
);

errorReply(
  "private-resume",
  "authorizes a subscribe request that resumes",
  "The server authorizes every subscribe request of a private route, including requests with `resume`.",
  async (server) => {
    const owner = server.name();
    const target = ordersOf(owner);
    const first = await server.connectAs(owner);
    const { epoch, offset } = (await server.subscribe(first, target)).payload;
    const stranger = await server.connectAs(server.name());
    stranger.send({ type: "orders.subscribe", payload: target.params, resume: { epoch, offset } });
    await stranger.expect({ type: REJECTED, payload: { status: "error", code: "forbidden" } });
  },
  ["positions"],
);

errorReply(
  "private-accounts-apart",
  "sends the updates of an account to its own user only",
  "The server authorizes every subscribe request of a private route, including requests with `resume`.",
  async (server) => {
    const [ann, bob] = [server.name(), server.name()];
    const [first, second] = [await server.connectAs(ann), await server.connectAs(bob)];
    await server.subscribe(first, ordersOf(ann));
    await server.subscribe(second, ordersOf(bob));
    first.send({ type: "orders.subscribe", payload: ordersOf(bob).params });
    await first.expect({ type: REJECTED, payload: { status: "error" } });
    await server.publish(ordersOf(bob), order("o1"));
    await server.update(second, ordersOf(bob), order("o1"));
    await server.settle(first);
  },
  ["publish"],
);

const handshake = inGroup({ section: "Tokens in the handshake", tier: "required", needs: ["private"] });

async function expectStatus(server: ServerContext, wanted: number, options: object): Promise<void> {
  const result = await server.attempt(options);
  const received = "status" in result ? `HTTP status ${result.status}` : "an open connection";
  if (!("status" in result) || result.status !== wanted) throw new WireFailure(`HTTP status ${wanted}`, received);
}

handshake(
  "handshake-bearer",
  "accepts a token in the header Authorization",
  "the header `Authorization: Bearer <token>`,",
  async (server) => {
    const user = server.name();
    await server.subscribe(await server.connectAs(user), ordersOf(user));
  },
);

handshake(
  "handshake-invalid-token",
  "rejects a base client with an invalid token with 401",
  "If the token is not valid, a base client gets HTTP status 401.",
  (server) => expectStatus(server, 401, { token: "not-a-token" }),
);

handshake(
  "handshake-expired-token",
  "rejects a base client with an expired token with 401",
  "If the token is not valid, a base client gets HTTP status 401.",
  async (server) => expectStatus(server, 401, { token: await server.token(server.name(), -60_000) }),
);

handshake(
  "handshake-token-in-query",
  "rejects a token in the query",
  "The server rejects a token in the query.",
  async (server) => {
    const user = server.name();
    const result = await server.attempt({ query: `token=${await server.token(user)}` });
    if (!("status" in result)) throw new WireFailure("an HTTP status of 400 or more", "an open connection");
  },
);

handshake(
  "handshake-subprotocol",
  "accepts a token in a subprotocol, and selects trading.v2",
  "the header `Sec-WebSocket-Protocol: trading.v2, bearer.<token>`; the server selects `trading.v2`.",
  async (server) => {
    const user = server.name();
    const peer = await server.connect({ subprotocols: ["trading.v2", `bearer.${await server.token(user)}`] });
    if (peer.subprotocol !== "trading.v2") {
      throw new WireFailure("the subprotocol trading.v2", peer.subprotocol || "no subprotocol");
    }
    await server.subscribe(peer, ordersOf(user));
  },
);

const session = inGroup({ section: "Tokens in the handshake", tier: "session", needs: ["private", "session"] });

session(
  "session-invalid-token",
  "sends a welcome and closes with 4001 for an invalid token",
  "A session client gets `session.welcome` and then close code 4001, because browsers do not expose the HTTP status of a failed handshake.",
  async (server) => {
    const peer = await server.session({ token: "not-a-token" });
    await peer.closes(4001);
  },
);

const login = inGroup({ section: "Login reply", tier: "session", needs: ["private", "session"] });
const LOGIN = "auth.login.response";

login("login", "authenticates a session", "Logged in", async (server) => {
  const user = server.name();
  const peer = await server.session();
  const { params } = ordersOf(user);
  await peer.request("orders.subscribe", params);
  peer.send({ type: "auth.login", payload: { token: await server.token(user) }, id: "l1" });
  await peer.expect({ type: LOGIN, id: "l1", payload: { status: "ok", message: is.text } });
  await server.subscribe(peer, ordersOf(user));
});

login(
  "login-invalid-token",
  "rejects an invalid token, and keeps the connection",
  "`unauthorized`, `subject_changed` or `authentication_unavailable`.",
  async (server) => {
    const peer = await server.session();
    peer.send({ type: "auth.login", payload: { token: "not-a-token" } });
    await peer.expect({ type: LOGIN, payload: { status: "error", code: "unauthorized" } });
    await server.settle(peer);
  },
);

const refresh = inGroup({ section: "Login", tier: "session", needs: ["private", "session"] });

refresh(
  "login-refresh",
  "accepts a new token of the same user, and keeps the private subscriptions",
  "Authenticates the connection, or replaces its token before the token expires.",
  async (server) => {
    const user = server.name();
    const peer = await server.session({ token: await server.token(user) });
    await server.subscribeSession(peer, ordersOf(user));
    peer.send({ type: "auth.login", payload: { token: await server.token(user, 7_200_000) } });
    await peer.expect({ type: LOGIN, payload: { status: "ok" } });
    await server.publish(ordersOf(user), order("o1"));
    await server.update(peer, ordersOf(user), order("o1"));
  },
  ["publish"],
);

refresh(
  "login-subject-changed",
  "rejects a token of another user",
  "A new token must have the same subject as the current one.",
  async (server) => {
    const [user, other] = [server.name(), server.name()];
    const peer = await server.session({ token: await server.token(user) });
    peer.send({ type: "auth.login", payload: { token: await server.token(other) } });
    await peer.expect({ type: LOGIN, payload: { status: "error", code: "subject_changed" } });
    peer.send({ type: "orders.subscribe", payload: ordersOf(other).params });
    await peer.expect({ type: REJECTED, payload: { status: "error" } });
  },
);

/**
 * Connects with a token that expires soon. On a slow machine the token could expire before the connection is open, so the
 * time is doubled until half of it is enough.
 */
async function withShortToken(
  server: ServerContext,
  expiresInMs: number,
  connect: (token: string) => Promise<Peer>,
  user = server.name(),
): Promise<Peer> {
  const startedAt = performance.now();
  const isLate = () => performance.now() - startedAt > expiresInMs / 2 && expiresInMs < server.timeoutMs;
  try {
    const peer = await connect(await server.token(user, expiresInMs));
    if (!isLate()) return peer;
  } catch (error) {
    if (!isLate()) throw error;
  }
  return withShortToken(server, 2 * expiresInMs, connect, user);
}

const expiry = inGroup({ section: "Token expiring", tier: "session", needs: ["private", "session"] });

expiry(
  "token-expiring",
  "warns once before a token expires, then closes with 4202",
  "When the token expires, the server closes a session connection with 4202 and a base connection with 1008.",
  async (server) => {
    const peer = await withShortToken(server, 1_500, (token) => server.session({ token }));
    await peer.expect({ type: "auth.expiring", payload: { expiresInMs: is.between(0, 60_000) } });
    await peer.closes(4202);
  },
);

expiry(
  "token-replaced",
  "keeps a session whose token was replaced before it expired",
  "When the token expires, the server closes a session connection with 4202 and a base connection with 1008.",
  async (server) => {
    // Two sessions of one user, whose tokens expire together: the close of the witness shows that the first one has expired.
    const user = server.name();
    const long = await server.token(user);
    let witness!: Peer;
    const open = async (token: string) => {
      witness = await server.session({ name: "witness", token });
      return server.session({ name: "kept", token });
    };
    const peer = await withShortToken(server, 2_500, open, user);
    await peer.expect({ type: "auth.expiring" });
    await witness.expect({ type: "auth.expiring" });
    peer.send({ type: "auth.login", payload: { token: long } });
    await peer.expect({ type: LOGIN, payload: { status: "ok" } });
    await witness.closes(4202);
    await server.settle(peer);
  },
);

inGroup({ section: "Token expiring", tier: "required", needs: ["private"] })(
  "token-expired-base",
  "closes a base connection with 1008 when its token expires",
  "When the token expires, the server closes a session connection with 4202 and a base connection with 1008.",
  async (server) => {
    const peer = await withShortToken(server, 1_000, (token) => server.connect({ token }));
    await peer.closes(1008);
  },
);
