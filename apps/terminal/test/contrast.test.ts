import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync(new URL("../src/styles/theme.css", import.meta.url), "utf8");
const [light, dark, chosenDark] = css.split(/prefers-color-scheme: dark|:root\[data-theme="dark"\]/).map(colorsOf) as [
  Colors,
  Colors,
  Colors,
];

type Colors = Readonly<Record<string, string>>;

/** Returns the color properties of a part of the style sheet by name. */
function colorsOf(sheet: string): Colors {
  return Object.fromEntries(
    Array.from(sheet.matchAll(/--([\w-]+): (#[\da-f]{6});/g), ([, name, color]) => [name, color]),
  );
}

/** Returns WCAG's relative luminance of `#rrggbb`. */
function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test.each([
  ["light", light],
  ["dark", dark],
])("has a contrast of at least 4.5 for every text color on every background: %s", (_, colors) => {
  const tooLow: string[] = [];
  const all = ["text", "text-dim", "accent", "up", "down", "warn"];
  const backgrounds = {
    panel: all,
    raised: all,
    "accent-soft": all,
    "up-soft": ["text", "up"],
    "down-soft": ["text", "down"],
    // Primary buttons.
    accent: ["panel"],
    up: ["panel"],
    down: ["panel"],
  };
  for (const [background, texts] of Object.entries(backgrounds)) {
    for (const text of texts) {
      const [one, other] = [colors[text], colors[background]].map((color) => luminance(color as string)) as [
        number,
        number,
      ];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      if (!(contrast >= 4.5)) tooLow.push(`${text} on ${background}: ${contrast.toFixed(2)}`);
    }
  }
  expect(tooLow).toEqual([]);
});

test("has the same dark colors whether the system or the user has chosen them", () => {
  expect(chosenDark).toEqual(dark);
});
