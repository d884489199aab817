import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenBucket } from "../../src/connection/rate-limit.js";
import { type Admission, ConnectionLimit, type ConnectionLimits } from "../../src/handshake/connection-limits.js";
import { ManualClock } from "../../src/testing/index.js";

const seed = Number(process.env.WS_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`Random courses of limits, WS_SEED=${seed}`);

describe("a token bucket", () => {
  function setup(perSecond = 100, burst = 1_200) {
    const clock = new ManualClock();
    return { clock, bucket: new TokenBucket({ perSecond, burst }, clock) };
  }

  test("lets a burst through, then asks to wait for each that is more", () => {
    const { bucket } = setup();
    for (let count = 0; count < 1_200; count++) expect(bucket.take()).toBe(0);
    expect(bucket.take()).toBe(10);
    expect(bucket.take()).toBe(20);
  });

  test("owes for what was read already, and is even after the wait it asked for", () => {
    const { bucket, clock } = setup();
    const wait = bucket.take(1_250);
    expect(wait).toBe(500);
    clock.advance(wait - 1);
    expect(bucket.take(0)).toBe(1);
    clock.advance(1);
    expect(bucket.take(0)).toBe(0);
    expect(bucket.take()).toBe(10);
  });

  test("saves no more than its burst", () => {
    const { bucket, clock } = setup(100, 5);
    bucket.take();
    clock.advance(3_600_000);
    expect(bucket.take(5)).toBe(0);
    expect(bucket.take()).toBe(10);
  });

  test("loses no fraction to being asked often", () => {
    const { bucket, clock } = setup(3, 3);
    bucket.take(3);
    for (let count = 0; count < 1_000; count++) {
      clock.advance(1);
      bucket.take(0);
    }
    expect(bucket.take(3)).toBe(0);
    expect(bucket.take()).toBe(334);
  });

  test("with 0 a second never waits", () => {
    expect(setup(0, 0).bucket.take(1_000_000)).toBe(0);
  });

  test("holds to its rate over any course of time", () => {
    const steps = fc.array(fc.tuple(fc.nat(5_000), fc.nat(50)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 100 }), (moves, rate, burst) => {
        const { bucket, clock } = setup(rate, burst);
        let taken = 0;
        for (const [pause, count] of moves) {
          clock.advance(pause);
          taken += count;
          clock.advance(bucket.take(count));
          expect(taken).toBeLessThanOrEqual(burst + (clock.monotonic() * rate) / 1_000 + 1e-6);
        }
      }),
      { seed },
    );
  });
});

describe("a connection limit", () => {
  function setup(limits: Partial<ConnectionLimits> = {}) {
    const limit = new ConnectionLimit({ maxConnections: 0, maxConnectionsPerAddress: 0, ...limits });
    const admit = (address = "203.0.113.7"): Admission => {
      const admission = limit.admit(address);
      if (!admission.ok) throw new Error(admission.reason);
      return admission;
    };
    return { limit, admit };
  }

  test("refuses one more in total with 503, until one goes", () => {
    const { limit, admit } = setup({ maxConnections: 2 });
    const first = admit("a");
    admit("b");
    expect(limit.admit("c")).toMatchObject({ ok: false, status: 503, headers: { "Retry-After": "5" } });
    first.release();
    admit("c");
    expect(limit.size).toBe(2);
  });

  test("refuses one more of an address with 429, and others not", () => {
    const { limit, admit } = setup({ maxConnectionsPerAddress: 2 });
    admit();
    admit();
    expect(limit.admit("203.0.113.7")).toMatchObject({ ok: false, status: 429 });
    admit("203.0.113.8");
  });

  test("counts an IPv6 /64 as one", () => {
    const { limit, admit } = setup({ maxConnectionsPerAddress: 1 });
    admit("2001:db8:1:2::1");
    expect(limit.admit("2001:db8:1:2:ffff::9")).toMatchObject({ status: 429 });
    admit("2001:db8:1:3::1");
  });

  test("a refused connection holds no place", () => {
    const { limit, admit } = setup({ maxConnections: 1, maxConnectionsPerAddress: 1 });
    const only = admit();
    for (let count = 0; count < 5; count++) limit.admit("203.0.113.8");
    only.release();
    expect([limit.size, limit.addresses]).toEqual([0, 0]);
  });

  test("gives a place back once, however often it is released", () => {
    const { limit, admit } = setup({ maxConnectionsPerAddress: 2 });
    const [first, second] = [admit(), admit()];
    first.release();
    first.release();
    first.release();
    expect(limit.size).toBe(1);
    admit();
    expect(limit.admit("203.0.113.7")).toMatchObject({ status: 429 });
    second.release();
    expect(limit.size).toBe(1);
  });

  test("a late second release does not touch those who came since", () => {
    const { limit, admit } = setup({ maxConnectionsPerAddress: 1 });
    const first = admit();
    first.release();
    admit();
    first.release();
    expect(limit.addresses).toBe(1);
    expect(limit.admit("203.0.113.7")).toMatchObject({ status: 429 });
  });

  test("holds no address while addresses are not limited", () => {
    const { limit, admit } = setup();
    for (let count = 0; count < 100; count++) admit(`10.0.0.${count}`);
    expect([limit.size, limit.addresses]).toEqual([100, 0]);
  });

  test("never holds more than it may, and is empty when all have gone", () => {
    const moves = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(20), fc.boolean()), { maxLength: 300 });
    fc.assert(
      fc.property(moves, fc.nat(8), fc.nat(4), (course, maxConnections, maxConnectionsPerAddress) => {
        const { limit } = setup({ maxConnections, maxConnectionsPerAddress });
        const held = new Map<Admission, string>();
        const gone: Admission[] = [];
        for (const [address, pick, comes] of course) {
          const known = [...held.keys(), ...gone];
          const leaving = known[pick % known.length];
          if (comes || leaving === undefined) {
            const ofAddress = [...held.values()].filter((other) => other === address).length;
            const isFull = maxConnections > 0 && held.size >= maxConnections;
            const isCrowded = maxConnectionsPerAddress > 0 && ofAddress >= maxConnectionsPerAddress;
            const admission = limit.admit(address);
            expect(admission.ok || admission.status).toBe(isFull ? 503 : isCrowded ? 429 : true);
            if (admission.ok) held.set(admission, address);
          } else {
            leaving.release();
            if (held.delete(leaving)) gone.push(leaving);
          }
          expect(limit.size).toBe(held.size);
        }
        for (const admission of held.keys()) admission.release();
        expect([limit.size, limit.addresses]).toEqual([0, 0]);
      }),
      { seed },
    );
  });
});
