import { is } from "../match.js";
import { scenarioList, WireFailure } from "../scenario.js";
import type { ServerContext } from "./context.js";
import { order, ordersOf } from "./topics.js";

const { scenarios, inGroup } = scenarioList<ServerContext>();

export { scenarios as accessScenarios };

const COOKIE = "a cookie, if the `Origin` header is in the server's allow-list,";
const REJECTED = "orders.subscribe.response";

const cookie = inGroup({ section: "Tokens in the handshake", tier: "required", needs: ["private", "cookie"] });

/** Returns the headers of a browser that has a token in its cookie. */
async function cookieHeaders(server: ServerContext, token: string) {
  const { name, origin } = await server.control.cookie(server.trace);
  return { cookie: `theme=dark; ${name}=${token}`, origin };
}

cookie("handshake-cookie", "accepts a token in a cookie from an allowed origin", COOKIE, async (server) => {
  const user = server.name();
  const headers = await cookieHeaders(server, await server.token(user));
  await server.subscribe(await server.connect({ headers }), ordersOf(user));
});

/** Fails if a handshake with these headers gives access to the private topic of a user. */
async function expectNoAccess(server: ServerContext, user: string, headers: Readonly<Record<string, string>>) {
  const result = await server.attempt({ headers });
  if ("status" in result) return;
  result.send({ type: "orders.subscribe", payload: ordersOf(user).params });
  await result.expect({ type: REJECTED, payload: { status: "error" } });
}

cookie(
  "handshake-cookie-other-origin",
  "does not accept the cookie of a page of another origin",
  COOKIE,
  async (server) => {
    const user = server.name();
    const headers = await cookieHeaders(server, await server.token(user));
    await expectNoAccess(server, user, { ...headers, origin: "https://attacker.example" });
  },
);

cookie(
  "handshake-cookie-without-origin",
  "does not accept a cookie without an Origin header",
  COOKIE,
  async (server) => {
    const user = server.name();
    const { cookie } = await cookieHeaders(server, await server.token(user));
    await expectNoAccess(server, user, { cookie });
  },
);

cookie(
  "handshake-cookie-invalid-token",
  "rejects a base client with an invalid token in its cookie with 401",
  "If the token is not valid, a base client gets HTTP status 401.",
  async (server) => {
    const result = await server.attempt({ headers: await cookieHeaders(server, "not-a-token") });
    const received = "status" in result ? `HTTP status ${result.status}` : "an open connection";
    if (received !== "HTTP status 401") throw new WireFailure("HTTP status 401", received);
  },
);

inGroup({ section: "Tokens in the handshake", tier: "session", needs: ["private", "cookie", "session"] })(
  "session-cookie",
  "authenticates a session by a cookie",
  COOKIE,
  async (server) => {
    const user = server.name();
    const headers = await cookieHeaders(server, await server.token(user));
    await server.subscribe(await server.session({ headers }), ordersOf(user));
  },
);

const REVOKED =
  "When a server revokes a token, it closes the connections that use it with 4001, base connections with 1008, and rejects the token from then on.";
const needsRevoke = ["private", "revoke"];
const revoked = inGroup({ section: "Authorization", tier: "required", needs: needsRevoke });
const revokedSession = inGroup({ section: "Authorization", tier: "session", needs: [...needsRevoke, "session"] });

revoked("revoked-base", "closes a base connection with 1008 when its token is revoked", REVOKED, async (server) => {
  const user = server.name();
  const peer = await server.connectAs(user);
  await server.subscribe(peer, ordersOf(user));
  await server.control.revoke(user, server.trace);
  await peer.closes(1008);
});

revoked("revoked-handshake", "rejects a revoked token with 401", REVOKED, async (server) => {
  const user = server.name();
  const token = await server.token(user);
  await server.control.revoke(user, server.trace);
  const result = await server.attempt({ token });
  if (!("status" in result) || result.status !== 401) {
    throw new WireFailure(
      "HTTP status 401",
      "status" in result ? `HTTP status ${result.status}` : "an open connection",
    );
  }
});

revoked("revoked-others", "keeps the connections of other users", REVOKED, async (server) => {
  const [user, other] = [server.name(), server.name()];
  const witness = await server.connectAs(user);
  const peer = await server.connectAs(other);
  await server.subscribe(peer, ordersOf(other));
  await server.control.revoke(user, server.trace);
  await witness.closes(1008);
  await server.settle(peer);
});

revokedSession("revoked-session", "closes a session with 4001 when its token is revoked", REVOKED, async (server) => {
  const user = server.name();
  const peer = await server.session({ token: await server.token(user) });
  await server.control.revoke(user, server.trace);
  await peer.closes(4001);
});

revokedSession("revoked-login", "rejects a login with a revoked token, and stays open", REVOKED, async (server) => {
  const user = server.name();
  const token = await server.token(user);
  await server.control.revoke(user, server.trace);
  const peer = await server.session();
  peer.send({ type: "auth.login", payload: { token } });
  await peer.expect({ type: "auth.login.response", payload: { status: "error", code: "unauthorized" } });
  await server.settle(peer);
});

const needsWithdraw = ["private", "withdraw"];

inGroup({ section: "Subscriptions", tier: "required", needs: needsWithdraw })(
  "withdrawn-base",
  "closes a base connection with 1008 when authorization is withdrawn",
  "with 1008 if authorization was withdrawn.",
  async (server) => {
    const user = server.name();
    const peer = await server.connectAs(user);
    await server.subscribe(peer, ordersOf(user));
    await server.control.withdraw(user, server.trace);
    await peer.closes(1008);
  },
);

const withdrawn = inGroup({
  section: "Subscription ended",
  tier: "session",
  needs: [...needsWithdraw, "session"],
});
const ENDED = "`forbidden` if authorization was withdrawn.";

withdrawn("withdrawn-session", "ends the subscription with forbidden, and stays open", ENDED, async (server) => {
  const user = server.name();
  const peer = await server.session({ token: await server.token(user) });
  const { topic } = ordersOf(user);
  await server.subscribeSession(peer, ordersOf(user));
  await server.control.withdraw(user, server.trace);
  await peer.expect({ type: "subscription.ended", payload: { topic, code: "forbidden", retryable: is.boolean } });
  await server.settle(peer);
});

withdrawn(
  "withdrawn-again",
  "rejects a later subscribe request with forbidden",
  ENDED,
  async (server) => {
    const user = server.name();
    const peer = await server.session({ token: await server.token(user) });
    await server.subscribeSession(peer, ordersOf(user));
    await server.publish(ordersOf(user), order("o1"));
    await server.update(peer, ordersOf(user), order("o1"));
    await server.control.withdraw(user, server.trace);
    await peer.expect({ type: "subscription.ended" });
    peer.send({ type: "orders.subscribe", payload: ordersOf(user).params });
    await peer.expect({ type: REJECTED, payload: { status: "error", code: "forbidden" } });
  },
  ["publish"],
);

inGroup({ section: "Close codes", tier: "session", needs: ["private", "forbid", "session"] })(
  "forbidden-session",
  "closes a session with 4003 when its user loses access to the server",
  "The token is valid but does not grant access.",
  async (server) => {
    const user = server.name();
    const peer = await server.session({ token: await server.token(user) });
    await server.control.forbid(user, server.trace);
    await peer.closes(4003);
  },
);
