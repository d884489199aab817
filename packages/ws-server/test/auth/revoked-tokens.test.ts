import { closeCodes, orders } from "@trading/topic";
import { describe, expect, test } from "vitest";
import type { Revocation } from "../../src/index.js";
import { AAPL, order } from "../helpers/data.js";
import { deferred, until } from "../helpers/event-loop.js";
import { startMarket } from "../helpers/market.js";
import { bearer, NetworkClient } from "../helpers/network-client.js";
import { principalOf } from "../helpers/principals.js";

const ANN = { accountId: "ann" };

/** A token's id is its text in these tests. */
function authenticate(token: string) {
  return { ...principalOf(token), claims: { jti: token } };
}

describe("server.revoke", () => {
  test.each<[string, Revocation, readonly string[]]>([
    ["of a subject closes all its connections", { subject: "ann" }, ["ann", "ann~99999999999999"]],
    ["of a token closes only its connections", { tokenId: "ann" }, ["ann"]],
  ])("%s and refuses its tokens until restore", async (_name, revocation, revoked) => {
    const { server, session, base } = await startMarket({ authenticate });
    const tokens = ["ann", "ann~99999999999999", "bob"];
    const clients = await Promise.all(tokens.map((token) => NetworkClient.session(session, token)));
    const plain = await NetworkClient.connect(base, bearer("ann"));
    expect(server.revoke(revocation)).toBe(revoked.length + 1);
    expect(server.revocations).toEqual([revocation]);

    expect(await plain.closed).toEqual({ code: 1008, reason: "Policy violation" });
    await until(() => server.counts().connections === tokens.length - revoked.length);
    for (const [index, token] of tokens.entries()) {
      const isRevoked = revoked.includes(token);
      const again = await NetworkClient.session(session);
      const { payload } = await again.request({ type: "auth.login", payload: { token } });
      expect(payload.status).toBe(isRevoked ? "error" : "ok");
      if (isRevoked) expect((await clients[index]?.closed)?.code).toBe(closeCodes.unauthorized.code);
      await expect(
        server.authenticate(token).then(
          () => "accepted",
          ({ code }) => code,
        ),
      ).resolves.toBe(isRevoked ? "unauthorized" : "accepted");
    }

    expect(server.restore(revocation)).toBe(true);
    expect(server.restore(revocation)).toBe(false);
    expect(await server.authenticate("ann")).toMatchObject({ subject: "ann" });
  });

  test("refuses a token whose verification is in progress", async () => {
    const verifying = deferred();
    let isVerifying = false;
    const { server, session } = await startMarket({
      authenticate: async (token) => {
        isVerifying = true;
        await verifying.promise;
        return principalOf(token);
      },
    });
    const client = await NetworkClient.session(session);
    const reply = client.request({ type: "auth.login", payload: { token: "ann" } });
    await until(() => isVerifying);
    server.revoke({ subject: "ann" });
    verifying.resolve();
    expect((await reply).payload).toMatchObject({ status: "error", code: "unauthorized" });
  });

  test("delivers nothing after it has returned", async () => {
    const { server, session } = await startMarket({});
    const client = await NetworkClient.session(session, "ann");
    await client.request({ type: "orders.subscribe", payload: ANN });
    server.revoke({ subject: "ann" });
    const { length } = client.frames;
    server.publish(orders, ANN, order("1"));
    expect((await client.closed).code).toBe(closeCodes.unauthorized.code);
    expect(client.frames).toHaveLength(length);
  });

  test.each([{}, { subject: "" }, { subject: "a", tokenId: "b" }, { subject: 1 }, { user: "a" }])(
    "refuses %j with an error that names it",
    async (revocation) => {
      const { server } = await startMarket({});
      const message = `Invalid revocation: expected { subject } or { tokenId } with a text that is not empty, got ${JSON.stringify(revocation)}`;
      expect(() => server.revoke(revocation as Revocation)).toThrow(message);
    },
  );
});

describe("server.closeConnection", () => {
  test("closes the connection with the id, with a code", async () => {
    const { server, session } = await startMarket({});
    const [one, other] = [await NetworkClient.session(session), await NetworkClient.session(session)];
    other.subscribe("bars", AAPL);
    await other.next();
    const [first] = server.connections;
    expect(server.closeConnection(first?.id ?? "", { code: 4100, reason: "Closed by the operator" })).toBe(true);
    expect(await one.closed).toEqual({ code: 4100, reason: "Closed by the operator" });
    await until(() => server.counts().connections === 1);
    expect(server.closeConnection(first?.id ?? "")).toBe(false);
    const [second] = server.connections;
    expect(server.closeConnection(second?.id ?? "")).toBe(true);
    expect(await other.closed).toEqual({ code: 1012, reason: "Service restart" });
  });

  test.each([
    [{ code: 1006, reason: "x" }, "code 1006"],
    [{ code: 999, reason: "x" }, "code 999"],
    [{ code: 5000, reason: "x" }, "code 5000"],
    [{ code: 4000.5, reason: "x" }, "code 4000.5"],
    [{ code: 4000, reason: "é".repeat(62) }, "124 bytes"],
  ])("refuses %j, which no close frame can carry", async (close, problem) => {
    const { server, session } = await startMarket({});
    const client = await NetworkClient.session(session);
    const [connection] = server.connections;
    expect(() => server.closeConnection(connection?.id ?? "", close)).toThrow(problem);
    expect(() => connection?.close(close)).toThrow(problem);
    await client.settled();
    expect(server.counts().connections).toBe(1);
  });
});
