import { describe, expect, test } from "vitest";
import { hostCheck } from "../../src/handshake/hosts.js";

describe("the host check", () => {
  const check = hostCheck(["app.example.com", "10.0.0.7", "fd00::7"]);

  test.each([
    "localhost",
    "localhost:8000",
    "LOCALHOST:8000",
    "localhost.:8000",
    "trading.localhost",
    "127.0.0.1",
    "127.8.9.10:80",
    "[::1]",
    "[::1]:8000",
    "app.example.com",
    "APP.example.com:443",
    "10.0.0.7:8000",
    "[fd00::7]:8000",
  ])("accepts %s", (header) => {
    expect(check(header)).toBe(true);
  });

  test.each([
    undefined,
    "",
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
    "evil.example#localhost",
    "evil.example/localhost",
    "x.app.example.com",
    "app.example.com.evil.example",
    "128.0.0.1",
    "0.0.0.0",
    "0127.0.0.1",
    "127.1",
    "2130706433",
    "[::2]",
    "[::1",
    "::1",
    "localhost:port",
    "localhost:80:80",
    "local host",
    "127.0.0.1, evil.example",
  ])("refuses %s", (header) => {
    expect(check(header)).toBe(false);
  });

  test.each(["https://app.example.com", "app.example.com:8000", "app.example.com/", "", "*", "*.example.com"])(
    "does not accept %j as a configured name",
    (name) => {
      expect(() => hostCheck([name])).toThrow(
        `Invalid option "allowedHosts": expected a host name without scheme and port, such as app.example.com, got ${JSON.stringify(name)}`,
      );
    },
  );
});
