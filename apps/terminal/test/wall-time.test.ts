import { describe, expect, test } from "vitest";
import { TimeZone, UTC } from "../src/page/time-zone.js";
import { timeOfWall, wallTimeOf } from "../src/page/wall-time.js";

describe("a time on the clocks of a zone", () => {
  test.each([
    ["UTC", "2026-06-12T16:00", "2026-06-12T16:00:00Z"],
    ["America/New_York", "2026-06-12T16:00", "2026-06-12T20:00:00Z"],
    ["America/New_York", "2026-12-12T16:00", "2026-12-12T21:00:00Z"],
    ["Asia/Kolkata", "2026-06-12T16:00", "2026-06-12T10:30:00Z"],
    // An hour before and after the clocks are set forward, and before they are set back.
    ["America/New_York", "2026-03-08T01:00", "2026-03-08T06:00:00Z"],
    ["America/New_York", "2026-03-08T03:00", "2026-03-08T07:00:00Z"],
    ["America/New_York", "2026-11-01T00:30", "2026-11-01T04:30:00Z"],
    ["America/New_York", "2026-11-01T02:30", "2026-11-01T07:30:00Z"],
  ])("is the same time in both directions: %s, %s", (id, wall, iso) => {
    const zone = new TimeZone(id);
    expect(timeOfWall(wall, zone)).toBe(Date.parse(iso));
    expect(wallTimeOf(Date.parse(iso), zone)).toBe(wall);
  });

  test("is undefined while it is incomplete", () => {
    expect(timeOfWall("", UTC)).toBeUndefined();
  });
});
