import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Session } from "../src/page/session.js";

const signal = new AbortController().signal;

/** Returns an unsigned token with these accounts, valid for an hour. */
function tokenOf(...accounts: readonly string[]): string {
  const claims = { accounts, exp: Math.floor(Date.now() / 1000) + 3_600 };
  return `header.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.signature`;
}

/** Replaces `fetch` by a server. */
let reply: (path: string) => object | Promise<object>;
beforeEach(() => {
  reply = (path) => (path.endsWith("/versions") ? { login: "token" } : {});
  vi.stubGlobal("fetch", async (path: string) => ({ ok: true, json: async () => reply(path) }));
});
afterEach(() => vi.unstubAllGlobals());

/** A session with what its clients are asked to do. */
function setUp(account: string | null = null, stored = new Map<string, string>()) {
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  } as unknown as Storage;
  const session = new Session(storage, account);
  const calls: string[] = [];
  session.attach({ login: () => calls.push("login"), logout: () => calls.push("logout") });
  return { session, calls, stored, state: () => session.state };
}

test("a visitor signs in with a token, in place", async () => {
  const { session, calls, state } = setUp();
  expect(await session.getToken({ reason: "connect", signal })).toBeNull();
  expect(state()).toEqual({ status: "sign-in", error: undefined, needsToken: true });
  const token = tokenOf("A-1", "A-2");
  session.signIn(token);
  expect(calls).toEqual(["login"]);
  expect(state()).toMatchObject({ status: "signed-in", account: "A-1", accounts: ["A-1", "A-2"] });
  expect(await session.getToken({ reason: "login", signal })).toBe(token);
});

test("signing out forgets the token, and gives no other", async () => {
  const { session, calls, stored, state } = setUp();
  session.signIn(tokenOf("A-1"));
  session.signOut();
  expect(stored.size).toBe(0);
  expect(calls).toEqual(["login", "logout"]);
  await vi.waitFor(() => expect(state()).toEqual({ status: "sign-in", error: undefined, needsToken: true }));
  for (const reason of ["connect", "login", "refresh", "rejected"] as const) {
    expect(await session.getToken({ reason, signal })).toBeNull();
  }
});

test("each sign-in has another number, with the same account too, and a renewed token keeps it", async () => {
  const { session, state } = setUp();
  const numbers = [1, 2].map(() => {
    session.signIn(tokenOf("A-1"));
    const { status, ...rest } = state();
    return status === "signed-in" && "signIn" in rest ? rest.signIn : undefined;
  });
  expect(new Set(numbers).size).toBe(2);
  const before = state();
  await session.getToken({ reason: "connect", signal });
  expect(state()).toBe(before);
});

test("a token that was requested for the previous user signs no one in", async () => {
  const { session, state, stored } = setUp();
  let issue = (_: object) => {};
  const issued = new Promise<object>((resolve) => {
    issue = resolve;
  });
  reply = (path) => (path.endsWith("/versions") ? { login: "demo" } : issued);
  const pending = session.getToken({ reason: "connect", signal });
  await vi.waitFor(() => expect(state().status).toBe("loading"));
  session.signOut();
  issue({ token: tokenOf("A-1") });
  expect(await pending).toBeNull();
  expect(stored.size).toBe(0);
  await vi.waitFor(() => expect(state()).toEqual({ status: "sign-in", error: undefined, needsToken: false }));
});

test("a refused token of the previous user does not sign the next one out", async () => {
  const { session, state } = setUp();
  let answer = (_: object) => {};
  const versions = new Promise<object>((resolve) => {
    answer = resolve;
  });
  reply = () => versions;
  session.signIn(tokenOf("A-1"));
  const rejected = session.getToken({ reason: "rejected", signal });
  const next = tokenOf("B-1");
  session.signIn(next);
  answer({ login: "token" });
  expect(await rejected).toBeNull();
  expect(state()).toMatchObject({ status: "signed-in", account: "B-1" });
  expect(await session.getToken({ reason: "login", signal })).toBe(next);
});

test("in demo mode a visitor signs in with an account", async () => {
  const { session, calls, state } = setUp();
  const token = tokenOf("A-7");
  reply = (path) => (path.endsWith("/versions") ? { login: "demo" } : { token });
  session.signInDemo("A-7");
  expect(calls).toEqual(["login"]);
  expect(await session.getToken({ reason: "login", signal })).toBe(token);
  expect(state()).toMatchObject({ status: "signed-in", account: "A-7" });
});

describe("a link with another account", () => {
  test("keeps the stored token of a user who cannot use that account", async () => {
    const before = setUp();
    const token = tokenOf("A-1");
    before.session.signIn(token);
    const { session, state } = setUp("EVIL-1", before.stored);
    expect(await session.getToken({ reason: "connect", signal })).toBe(token);
    expect(state()).toMatchObject({ status: "signed-in", account: "A-1" });
    // The link is not tried again.
    reply = () => Promise.reject(new Error("Unexpected request"));
    expect(await session.getToken({ reason: "connect", signal })).toBe(token);
  });

  test("selects the account if the stored token lists it", async () => {
    const before = setUp();
    const token = tokenOf("A-1", "A-2");
    before.session.signIn(token);
    const { session, state } = setUp("A-2", before.stored);
    expect(await session.getToken({ reason: "connect", signal })).toBe(token);
    expect(state()).toMatchObject({ status: "signed-in", account: "A-2" });
  });

  test("gets a token for the account in demo mode, and renews it for the same one", async () => {
    const before = setUp();
    before.session.signIn(tokenOf("A-1"));
    const { session, state } = setUp("A-9", before.stored);
    reply = (path) => (path.endsWith("/versions") ? { login: "demo" } : { token: tokenOf("A-9") });
    for (const reason of ["connect", "refresh", "connect"] as const) {
      expect(await session.getToken({ reason, signal })).toBe(tokenOf("A-9"));
      expect(state()).toMatchObject({ status: "signed-in", account: "A-9" });
    }
  });

  test("gets the sign-in if the stored token has been rejected", async () => {
    const before = setUp();
    before.session.signIn(tokenOf("A-1"));
    const { session, state, stored } = setUp("A-9", before.stored);
    expect(await session.getToken({ reason: "rejected", signal })).toBeNull();
    expect(stored.size).toBe(0);
    expect(state()).toMatchObject({ status: "sign-in", needsToken: true });
  });
});
