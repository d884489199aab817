import { describe, expect, test } from "vitest";
import { compareWithGoal, failedAudits, middleOf } from "../src/lighthouse/scores.mjs";

/** Returns a report with these scores, whose accessibility counts two audits. */
function reportOf({ performance = 1, accessibility = 1, targetSize = 1 } = {}) {
  return {
    categories: {
      performance: { score: performance, auditRefs: [{ id: "largest-contentful-paint", weight: 25 }] },
      accessibility: {
        score: accessibility,
        auditRefs: [
          { id: "target-size", weight: 7 },
          { id: "focusable-controls", weight: 0 },
        ],
      },
    },
    audits: {
      "largest-contentful-paint": { title: "Largest Contentful Paint", score: performance, displayValue: "1.9\u00a0s" },
      "target-size": {
        title: "Touch targets are too small",
        score: targetSize,
        details: { items: [{ node: { selector: ".book button" } }, {}] },
      },
      "focusable-controls": { title: "Controls are focusable", score: 0 },
    },
    runWarnings: [],
    environment: { benchmarkIndex: 1_500 },
  };
}

describe("the scores of Lighthouse", () => {
  test("shows those of each device next to the goal, with the measures", () => {
    const { table, missed } = compareWithGoal(
      { mobile: reportOf({ performance: 0.954 }), desktop: reportOf({ accessibility: 0.95 }) },
      95,
    );
    expect(table.split("\n")).toEqual([
      "         performance  accessibility    LCP",
      "mobile            95            100  1.9 s",
      "desktop          100             95  1.9 s",
      "goal              95             95",
    ]);
    expect(missed).toEqual([]);
  });

  test("names each score below the goal, and one that could not be computed", () => {
    const report = reportOf({ performance: 0.944 });
    const broken = { ...report, categories: { accessibility: { score: null, auditRefs: [] } } };
    expect(compareWithGoal({ mobile: report, desktop: broken }, 95).missed).toEqual([
      "performance on mobile: 94, goal 95",
      "performance on desktop: 0, goal 95",
      "accessibility on desktop: 0, goal 95",
    ]);
  });

  test("names the audits that lower a score, with their elements, and none without a weight", () => {
    expect(failedAudits({ mobile: reportOf({ targetSize: 0 }), desktop: reportOf() })).toEqual([
      "mobile: target-size: Touch targets are too small\n    .book button",
    ]);
  });

  test("takes the load in the middle, whatever the order", () => {
    const [slow, middle, fast] = [0.5, 0.9, 1].map((performance) => reportOf({ performance }));
    expect(middleOf([fast, slow, middle] as ReturnType<typeof reportOf>[])).toBe(middle);
    expect(middleOf([fast, slow] as ReturnType<typeof reportOf>[])).toBe(slow);
  });
});
