import { expect, test } from "vitest";
import { missingSdk } from "../../src/monitoring/telemetry.js";

// main.test.ts tests the SDK itself in a process: its ES modules cannot be loaded with the conditions of the test runner.
test("telemetry is refused with a sentence when the SDK is not installed", () => {
  const error = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  expect(missingSdk(error)).toMatchObject({
    variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
    message: expect.stringContaining("the OpenTelemetry SDK is not installed"),
  });
  const other = new Error("other");
  expect(missingSdk(other)).toBe(other);
});
