/** A named list of symbols. */
export interface NamedList {
  readonly id: string;
  readonly name: string;
  /** In the order of the list, each once. */
  readonly symbols: readonly string[];
}

/** The user's lists, which are remembered. The list of all symbols is none of them, because it follows the server. */
export interface WatchLists {
  readonly lists: readonly NamedList[];
  /** The shown list; undefined for all symbols. */
  readonly selectedId: string | undefined;
}

export const NO_LISTS: WatchLists = { lists: [], selectedId: undefined };

export const MAX_LISTS = 20;
export const MAX_SYMBOLS = 200;
export const MAX_NAME_LENGTH = 40;

/** Returns stored lists, without what is not a list; undefined if nothing of it is. */
export function watchListsOf(stored: unknown): WatchLists | undefined {
  if (typeof stored !== "object" || stored === null) return undefined;
  const { lists, selectedId } = stored as { readonly lists?: unknown; readonly selectedId?: unknown };
  if (!Array.isArray(lists)) return undefined;
  const valid = lists.flatMap(namedListOf).slice(0, MAX_LISTS);
  return { lists: valid, selectedId: valid.find(({ id }) => id === selectedId)?.id };
}

function namedListOf(stored: unknown): readonly NamedList[] {
  const { id, name, symbols } = (stored ?? {}) as { readonly [field in keyof NamedList]?: unknown };
  if (typeof id !== "string" || typeof name !== "string" || !Array.isArray(symbols)) return [];
  const names = symbols.filter((symbol): symbol is string => typeof symbol === "string");
  return [{ id, name, symbols: [...new Set(names)].slice(0, MAX_SYMBOLS) }];
}

/** Returns the shown list; undefined for all symbols. */
export function selectedList({ lists, selectedId }: WatchLists): NamedList | undefined {
  return lists.find(({ id }) => id === selectedId);
}

/** Adds a list with a name that no other has, and shows it. @returns the same lists if there are as many as possible */
export function withNewList({ lists, selectedId }: WatchLists, symbols: readonly string[]): WatchLists {
  if (lists.length >= MAX_LISTS) return { lists, selectedId };
  const ids = new Set(lists.map(({ id }) => id));
  const names = new Set(lists.map(({ name }) => name));
  const id = firstFree((number) => `list-${number}`, ids);
  const name = firstFree((number) => `List ${number}`, names);
  return { lists: [...lists, { id, name, symbols }], selectedId: id };
}

function firstFree(nameOf: (number: number) => string, taken: ReadonlySet<string>): string {
  let number = 1;
  while (taken.has(nameOf(number))) number += 1;
  return nameOf(number);
}

/** Replaces the list with the same id. */
export function withChangedList({ lists, selectedId }: WatchLists, changed: NamedList): WatchLists {
  return { lists: lists.map((list) => (list.id === changed.id ? changed : list)), selectedId };
}

/** Deletes a list. If it was shown, all symbols are. */
export function withoutList({ lists, selectedId }: WatchLists, id: string): WatchLists {
  return { lists: lists.filter((list) => list.id !== id), selectedId: selectedId === id ? undefined : selectedId };
}

/** Adds a symbol at the end, unless the list has it or is full. */
export function withSymbol(list: NamedList, symbol: string): NamedList {
  if (list.symbols.includes(symbol) || list.symbols.length >= MAX_SYMBOLS) return list;
  return { ...list, symbols: [...list.symbols, symbol] };
}

export function withoutSymbol(list: NamedList, symbol: string): NamedList {
  return { ...list, symbols: list.symbols.filter((each) => each !== symbol) };
}

/** Moves a symbol to an index, or to the nearest end. @returns the same list if that changes nothing */
export function withSymbolAt(list: NamedList, symbol: string, index: number): NamedList {
  const from = list.symbols.indexOf(symbol);
  const to = Math.min(list.symbols.length - 1, Math.max(0, index));
  if (from === -1 || from === to) return list;
  const symbols = list.symbols.filter((each) => each !== symbol);
  symbols.splice(to, 0, symbol);
  return { ...list, symbols };
}
