/// <reference lib="dom" />
/// <reference types="vite/client" />
import { expect, test } from "vitest";
import { type GoldenResult, runGolden } from "../helpers/golden.js";
import GoldenWorker from "./golden.worker.js?worker";

const files = Object.values(
  import.meta.glob<string>("../../../topic-conformance/vectors/*.jsonl", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
);

function expectAllPassed({ passed, differences }: GoldenResult) {
  expect(differences).toEqual([]);
  expect(passed).toBeGreaterThan(2000);
}

test("passes the golden files in a page", () => {
  expect(navigator.userAgent).toContain("Chrome");
  expectAllPassed(runGolden(files));
});

test("passes the golden files in a worker", async () => {
  const worker = new GoldenWorker();
  try {
    const result = new Promise<GoldenResult>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    worker.postMessage(files);
    expectAllPassed(await result);
  } finally {
    worker.terminate();
  }
});
