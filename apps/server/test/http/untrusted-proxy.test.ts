import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { expect, test } from "vitest";
import { warnOfUntrustedProxy } from "../../src/http/untrusted-proxy.js";
import { silent } from "../helpers.js";

test.each(["request", "upgrade"])("the first %s through a proxy that is not known is reported, once", (event) => {
  const server = new EventEmitter();
  const lines: unknown[][] = [];
  warnOfUntrustedProxy(server as Server, { ...silent, warn: (...line) => void lines.push(line) });
  const receive = (name: string, headers: object) =>
    server.emit(name, { headers, socket: { remoteAddress: "10.0.0.5" } });
  receive(event, { host: "a" });
  expect(lines).toEqual([]);
  receive(event, { "x-forwarded-for": "203.0.113.7" });
  receive("request", { forwarded: "for=203.0.113.7" });
  receive("upgrade", { "x-forwarded-for": "203.0.113.8" });
  expect(lines).toEqual([[expect.stringContaining("TRUSTED_PROXIES is not set"), { address: "10.0.0.5" }]]);
});
