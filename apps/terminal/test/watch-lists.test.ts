import { expect, test } from "vitest";
import {
  MAX_LISTS,
  MAX_SYMBOLS,
  NO_LISTS,
  selectedList,
  watchListsOf,
  withChangedList,
  withNewList,
  withoutList,
  withoutSymbol,
  withSymbol,
  withSymbolAt,
} from "../src/market/watch-lists.js";

const list = { id: "list-1", name: "Tech", symbols: ["A", "B", "C"] };

test("a new list is shown, with an id and a name that no other list has", () => {
  const first = withNewList(NO_LISTS, ["A"]);
  expect(first).toEqual({ lists: [{ id: "list-1", name: "List 1", symbols: ["A"] }], selectedId: "list-1" });
  const second = withNewList(withoutList(withNewList(first, []), "list-1"), []);
  expect(second.lists.map(({ id, name }) => `${id} ${name}`)).toEqual(["list-2 List 2", "list-1 List 1"]);
  expect(selectedList(second)?.id).toBe("list-1");
});

test("the number of lists and symbols is bounded", () => {
  let lists = NO_LISTS;
  for (let count = 0; count <= MAX_LISTS; count++) lists = withNewList(lists, []);
  expect(lists.lists.length).toBe(MAX_LISTS);
  const full = { ...list, symbols: Array.from({ length: MAX_SYMBOLS }, (_, index) => `S${index}`) };
  expect(withSymbol(full, "ONE-MORE")).toBe(full);
});

test("deleting the shown list shows all symbols, deleting another does not", () => {
  const lists = { lists: [list, { ...list, id: "list-2" }], selectedId: "list-1" };
  expect(withoutList(lists, "list-1").selectedId).toBeUndefined();
  expect(withoutList(lists, "list-2").selectedId).toBe("list-1");
});

test("a list has each symbol once", () => {
  expect(withSymbol(list, "D").symbols).toEqual(["A", "B", "C", "D"]);
  expect(withSymbol(list, "B")).toBe(list);
  expect(withoutSymbol(list, "B").symbols).toEqual(["A", "C"]);
});

test.each([
  ["A", 1, "BAC"],
  ["A", 2, "BCA"],
  ["C", 0, "CAB"],
  ["B", 0, "BAC"],
  ["A", 99, "BCA"],
  ["C", -99, "CAB"],
])("moving %s to %d gives %s", (symbol, index, order) => {
  expect(withSymbolAt(list, symbol, index).symbols.join("")).toBe(order);
});

test("a move that changes nothing returns the same list", () => {
  expect(withSymbolAt(list, "A", -1)).toBe(list);
  expect(withSymbolAt(list, "UNKNOWN", 1)).toBe(list);
});

test("a changed list replaces the one with its id only", () => {
  const other = { ...list, id: "list-2" };
  const lists = { lists: [list, other], selectedId: undefined };
  expect(withChangedList(lists, { ...list, name: "New" }).lists).toEqual([{ ...list, name: "New" }, other]);
});

test("reads stored lists, and ignores what is not one", () => {
  const stored = { lists: [{ ...list, symbols: ["A", "A", 5, "B"] }, { id: 5 }, null], selectedId: "list-1" };
  expect(watchListsOf(JSON.parse(JSON.stringify(stored)))).toEqual({
    lists: [{ ...list, symbols: ["A", "B"] }],
    selectedId: "list-1",
  });
  expect(watchListsOf({ lists: [list], selectedId: "gone" })?.selectedId).toBeUndefined();
  for (const value of [null, "text", {}, { lists: "none" }]) expect(watchListsOf(value)).toBeUndefined();
});
