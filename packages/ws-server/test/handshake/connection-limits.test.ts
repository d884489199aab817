import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenBucket } from "../../src/connection/rate-limit.js";
import { limitedAddresses } from "../../src/handshake/addresses.js";
import { type Admission, ConnectionLimit, type ConnectionLimits } from "../../src/handshake/connection-limits.js";
import { ManualClock } from "../../src/testing/index.js";

const seed = Number(process.env.WS_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`Random courses of limits, WS_SEED=${seed}`);

describe("a token bucket", () => {
  function setup(perSecond = 100, burst = 1_200) {
    const clock = new ManualClock();
    return { clock, bucket: new TokenBucket({ perSecond, burst }, clock) };
  }

  test("allows a burst, and then returns a wait for each further request", () => {
    const { bucket } = setup();
    for (let count = 0; count < 1_200; count++) expect(bucket.take()).toBe(0);
    expect(bucket.take()).toBe(10);
    expect(bucket.take()).toBe(20);
  });

  test("can be overdrawn by requests that were already read, and is balanced after the returned wait", () => {
    const { bucket, clock } = setup();
    const wait = bucket.take(1_250);
    expect(wait).toBe(500);
    clock.advance(wait - 1);
    expect(bucket.take(0)).toBe(1);
    clock.advance(1);
    expect(bucket.take(0)).toBe(0);
    expect(bucket.take()).toBe(10);
  });

  test("never exceeds its burst", () => {
    const { bucket, clock } = setup(100, 5);
    bucket.take();
    clock.advance(3_600_000);
    expect(bucket.take(5)).toBe(0);
    expect(bucket.take()).toBe(10);
  });

  test("loses no fraction when it is read often", () => {
    const { bucket, clock } = setup(3, 3);
    bucket.take(3);
    for (let count = 0; count < 1_000; count++) {
      clock.advance(1);
      bucket.take(0);
    }
    expect(bucket.take(3)).toBe(0);
    expect(bucket.take()).toBe(334);
  });

  test("with 0 per second never waits", () => {
    expect(setup(0, 0).bucket.take(1_000_000)).toBe(0);
  });

  test("never exceeds its rate over random periods", () => {
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

  test("refuses a connection above maxConnections with 503, until one is released", () => {
    const { limit, admit } = setup({ maxConnections: 2 });
    const first = admit("a");
    admit("b");
    expect(limit.admit("c")).toMatchObject({ ok: false, status: 503, headers: { "Retry-After": "5" } });
    first.release();
    admit("c");
    expect(limit.size).toBe(2);
  });

  test("does not limit an address that can be that of a proxy", () => {
    const limit = new ConnectionLimit({ maxConnections: 3, maxConnectionsPerAddress: 1 }, limitedAddresses(undefined));
    const statuses = ["203.0.113.7", "203.0.113.7", "10.0.0.1", "10.0.0.1", "10.0.0.1"].map((address) => {
      const result = limit.admit(address);
      return result.ok ? "admitted" : result.status;
    });
    expect(statuses).toEqual(["admitted", 429, "admitted", "admitted", 503]);
  });

  test("refuses a connection above maxConnectionsPerAddress with 429, and admits other addresses", () => {
    const { limit, admit } = setup({ maxConnectionsPerAddress: 2 });
    admit();
    admit();
    expect(limit.admit("203.0.113.7")).toMatchObject({ ok: false, status: 429 });
    admit("203.0.113.8");
  });

  test("counts an IPv6 /64 as one address", () => {
    const { limit, admit } = setup({ maxConnectionsPerAddress: 1 });
    admit("2001:db8:1:2::1");
    expect(limit.admit("2001:db8:1:2:ffff::9")).toMatchObject({ status: 429 });
    admit("2001:db8:1:3::1");
  });

  test("does not count a refused connection", () => {
    const { limit, admit } = setup({ maxConnections: 1, maxConnectionsPerAddress: 1 });
    const only = admit();
    for (let count = 0; count < 5; count++) limit.admit("203.0.113.8");
    only.release();
    expect([limit.size, limit.addresses]).toEqual([0, 0]);
  });

  test("releases a connection only once", () => {
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

  test("a late second release does not affect later connections", () => {
    const { limit, admit } = setup({ maxConnectionsPerAddress: 1 });
    const first = admit();
    first.release();
    admit();
    first.release();
    expect(limit.addresses).toBe(1);
    expect(limit.admit("203.0.113.7")).toMatchObject({ status: 429 });
  });

  test("records no address when addresses are not limited", () => {
    const { limit, admit } = setup();
    for (let count = 0; count < 100; count++) admit(`10.0.0.${count}`);
    expect([limit.size, limit.addresses]).toEqual([100, 0]);
  });

  test("never exceeds its limits, and is empty when all connections are released", () => {
    const moves = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.nat(20), fc.boolean()), { maxLength: 300 });
    fc.assert(
      fc.property(moves, fc.nat(8), fc.nat(4), (course, maxConnections, maxConnectionsPerAddress) => {
        const { limit } = setup({ maxConnections, maxConnectionsPerAddress });
        const admitted = new Map<Admission, string>();
        const released: Admission[] = [];
        for (const [address, pick, isNew] of course) {
          const known = [...admitted.keys(), ...released];
          const leaving = known[pick % known.length];
          if (isNew || leaving === undefined) {
            const ofAddress = [...admitted.values()].filter((other) => other === address).length;
            const isFull = maxConnections > 0 && admitted.size >= maxConnections;
            const isCrowded = maxConnectionsPerAddress > 0 && ofAddress >= maxConnectionsPerAddress;
            const admission = limit.admit(address);
            expect(admission.ok || admission.status).toBe(isFull ? 503 : isCrowded ? 429 : true);
            if (admission.ok) admitted.set(admission, address);
          } else {
            leaving.release();
            if (admitted.delete(leaving)) released.push(leaving);
          }
          expect(limit.size).toBe(admitted.size);
        }
        for (const admission of admitted.keys()) admission.release();
        expect([limit.size, limit.addresses]).toEqual([0, 0]);
      }),
      { seed },
    );
  });
});
