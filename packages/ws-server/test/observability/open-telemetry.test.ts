import type { Meter, MeterProvider, Span, Tracer, TracerProvider } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { openTelemetryObserver } from "../../src/observability/open-telemetry.js";

test("an operation is a span with its duration, and a close is counted", () => {
  const recorded: unknown[] = [];
  const span = {
    setStatus: (status: unknown) => recorded.push(status),
    end: (at: unknown) => recorded.push(typeof at),
  };
  const startSpan = (name: string, options: object) => {
    recorded.push([name, options]);
    return span as unknown as Span;
  };
  const tracer = { startSpan };
  const meter = {
    createHistogram: () => ({ record: (value: number, attributes: object) => recorded.push([value, attributes]) }),
    createCounter: () => ({ add: (value: number, attributes: object) => recorded.push([value, attributes]) }),
  };
  const observer = openTelemetryObserver({
    tracerProvider: { getTracer: () => tracer as unknown as Tracer } as TracerProvider,
    meterProvider: { getMeter: () => meter as unknown as Meter } as MeterProvider,
  });
  observer.operation?.({ type: "bars.subscribe", outcome: "internal", durationMs: 250 });
  observer.closed?.({ code: 3_333, protocol: "base", livedMs: 1 });
  const attributes = { "rpc.system": "trading.ws", "rpc.method": "bars.subscribe", "trading.ws.outcome": "internal" };
  expect(recorded).toEqual([
    ["bars.subscribe", { kind: 1, startTime: expect.any(Number), attributes }],
    { code: 2 },
    "number",
    [0.25, attributes],
    [1, { "trading.ws.close_code": "other", "trading.ws.protocol": "base" }],
  ]);
});

test("does nothing without an SDK", () => {
  const observer = openTelemetryObserver();
  expect(() => observer.operation?.({ type: "a", outcome: "ok", durationMs: 1 })).not.toThrow();
});
