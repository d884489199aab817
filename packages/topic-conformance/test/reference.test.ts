import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { buildTopicParams, float } from "@trading/topic";
import { expect, test } from "vitest";
import { floatSet } from "./support/float-set.js";

interface FloatHashes {
  readonly seed: string;
  readonly sha256: Readonly<Record<string, string>>;
}

const { floats } = JSON.parse(readFileSync(new URL("../vectors/manifest.json", import.meta.url), "utf8")) as {
  floats: FloatHashes;
};

test.each(Object.entries(floats.sha256))(
  "the first %s floats of the set have the same hash as in Python",
  (count, sha256) => {
    const hash = createHash("sha256");
    for (const value of floatSet(BigInt(floats.seed), Number(count)))
      hash.update(`${buildTopicParams(float(value))}\n`);
    expect(hash.digest("hex")).toBe(sha256);
  },
);
