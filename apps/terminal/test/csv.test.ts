import { expect, test } from "vitest";
import { csvOf } from "../src/csv.js";

test("a CSV file quotes what needs it, and no text runs as a formula", () => {
  const rows = [
    ["A,B", 1.5, 'say "hi"'],
    ["=1+1", -2, undefined],
    ["@cmd", 0, "two\nlines"],
  ];
  expect(csvOf(["Symbol", "Quantity", "Note"], rows)).toBe(
    'Symbol,Quantity,Note\r\n"A,B",1.5,"say ""hi"""\r\n\'=1+1,-2,\r\n\'@cmd,0,"two\nlines"\r\n',
  );
});
