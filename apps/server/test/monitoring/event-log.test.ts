import { ManualClock, RecordingLogger } from "@trading/ws-server/testing";
import { expect, onTestFinished, test } from "vitest";
import { createApp } from "../../src/app.js";
import { accessByClaims } from "../../src/auth/access.js";
import { loginLog, logReadiness } from "../../src/monitoring/event-log.js";
import { Ledger } from "../fixtures/ledger.js";
import { Client } from "../helpers.js";
import { until } from "../until.js";

test("logs each change of a module's state once", () => {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const ledger = new Ledger();
  const stop = logReadiness([ledger], clock, logger);
  clock.advance(5_000);
  ledger.ready = { status: "unavailable", reason: "no ink" };
  clock.advance(5_000);
  ledger.ready = { status: "ready" };
  clock.advance(1_000);
  stop();
  expect(clock.pending).toBe(0);
  expect(logger.entries.map(({ level, message, fields }) => [level, message, fields?.reason])).toEqual([
    ["info", "A module is ready", undefined],
    ["warn", "A module cannot serve requests", "no ink"],
    ["info", "A module is ready", undefined],
  ]);
});

test("logs logins, renewals with debug, and refused ones once a minute with their number", () => {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const { loggedIn, loginRefused } = loginLog(clock, logger);
  const login = { connectionId: "c", subject: "ann", address: "10.0.0.1" };
  loggedIn?.({ ...login, isRenewal: false });
  loggedIn?.({ ...login, isRenewal: true });
  for (let count = 0; count < 5; count++) loginRefused?.({ address: "10.0.0.2", code: "unauthorized" });
  clock.advance(60_000);
  loginRefused?.({ address: "10.0.0.2", code: "unauthorized" });
  const refused = { reason: "login", address: "10.0.0.2", code: "unauthorized" };
  expect(logger.entries).toEqual([
    { level: "info", message: "A client has logged in", fields: login },
    { level: "debug", message: "A client has renewed its token", fields: login },
    { level: "warn", message: "A request was refused", fields: refused },
    { level: "warn", message: "A request was refused", fields: { ...refused, othersSince: 4 } },
  ]);
});

test("logs requests that change an account, with the subject of their token", async () => {
  const logger = new RecordingLogger();
  const access = accessByClaims((token) => ({ subject: token, claims: { accounts: ["A-1"] } }), new Set(["OPEN"]));
  const app = await createApp({ modules: [new Ledger()], access, clock: new ManualClock(), logger });
  onTestFinished(() => app.close());
  const port = await app.listen(0, "127.0.0.1");
  const put = async (account: string, authorization?: string) => {
    const url = `http://127.0.0.1:${port}/api/v1/ledger/notes/n1?accountId=${account}`;
    const headers = { "content-type": "application/json", ...(authorization && { authorization }) };
    return (await fetch(url, { method: "PUT", headers, body: '{"text":"a"}' })).status;
  };
  const statuses = [await put("A-1", "Bearer ann"), await put("OPEN"), await put("A-2", "Bearer ann")];
  expect(statuses[2]).toBe(403);
  await fetch(`http://127.0.0.1:${port}/api/v1/ledger/balance?accountId=OPEN`);
  const request = { method: "PUT", endpoint: "/api/v1/ledger/notes/:id", id: "n1" };
  const changes = () => logger.entries.filter(({ message }) => message === "A request to change an account");
  await until(() => changes().length >= 2);
  expect(changes().map(({ fields }) => fields)).toEqual([
    { ...request, account: "A-1", subject: "ann", status: statuses[0] },
    { ...request, account: "OPEN", subject: undefined, status: statuses[1] },
  ]);
  await Client.connect(`ws://127.0.0.1:${port}/api/v1/ws`, "ann");
  expect(logger.entries.at(-1)).toMatchObject({ message: "A client has logged in", fields: { subject: "ann" } });
});
