import { describe, expect, test } from "vitest";
import { isForAll, joinReplies } from "../../src/cluster/admin-fan-out.js";
import type { WorkerReply } from "../../src/cluster/worker-requests.js";

function reply(worker: number, status: number, body?: object): WorkerReply {
  return { worker, status, headers: {}, body: Buffer.from(body === undefined ? "" : JSON.stringify(body)) };
}

function joined(path: string, ...replies: readonly WorkerReply[]) {
  const { status, body } = joinReplies(replies, path);
  return { status, body: body.length === 0 ? undefined : JSON.parse(body.toString()) };
}

describe("requests of operators", () => {
  test.each([
    ["GET", "/admin/v1/connections?subject=ann", true],
    ["DELETE", "/admin/v1/connections/7", true],
    ["GET", "/admin/v1/topics", true],
    ["POST", "/admin/v1/trades/AAPL", true],
    ["POST", "/admin/v1/revocations", true],
    ["DELETE", "/admin/v1/revocations?subject=ann", true],
    ["PUT", "/admin/v1/log-level", true],
    ["GET", "/admin/v1/revocations", false],
    ["POST", "/admin/v1/publish", false],
    ["PUT", "/admin/v1/accounts/A/halt", false],
    ["DELETE", "/admin/v1/accounts/A/orders", false],
  ])("%s %s are for all workers: %s", (method, path, expected) => {
    expect(isForAll({ method, path }, false)).toBe(expected);
  });

  test("about connections, topics and tokens are for one worker if that asks all servers of its cluster", () => {
    const all = (method: string, path: string) => isForAll({ method, path: `/admin/v1/${path}` }, true);
    expect([all("GET", "connections"), all("DELETE", "connections/7"), all("GET", "topics?limit=1")]).toEqual([
      false,
      false,
      false,
    ]);
    expect([all("POST", "revocations"), all("POST", "trades/AAPL"), all("PUT", "log-level")]).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe("replies of workers", () => {
  test("are one list with the number of all entries", () => {
    const path = "/admin/v1/connections";
    const one = reply(1, 200, { total: 3, connections: [{ id: "a" }, { id: "b" }] });
    const other = reply(2, 200, { total: 1, connections: [{ id: "c" }] });
    expect(joined(path, one, other)).toEqual({
      status: 200,
      body: { total: 4, connections: [{ id: "a" }, { id: "b" }, { id: "c" }] },
    });
    expect(joined(`${path}?limit=2`, one, other).body.connections).toHaveLength(2);
  });

  test("are summed", () => {
    expect(joined("/admin/v1/revocations", reply(1, 200, { closed: 2 }), reply(2, 200, { closed: 3 }))).toEqual({
      status: 200,
      body: { closed: 5 },
    });
  });

  test("succeed if one worker has the connection", () => {
    expect(joined("/admin/v1/connections/7", reply(1, 404, { detail: "" }), reply(2, 204))).toEqual({ status: 204 });
  });

  test("fail if none has the connection", () => {
    const path = "/admin/v1/connections/7";
    expect(joined(path, reply(1, 404, { detail: "1" }), reply(2, 404, { detail: "2" }))).toEqual({
      status: 404,
      body: { detail: "1" },
    });
  });

  test("fail if one worker has failed", () => {
    const failed = reply(2, 500, { detail: "The disk is full." });
    expect(joined("/admin/v1/revocations", reply(1, 200, { closed: 2 }), failed)).toEqual({
      status: 500,
      body: { detail: "The disk is full." },
    });
  });
});
