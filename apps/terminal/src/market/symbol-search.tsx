import type { SearchSymbolResultItem } from "@trading/ws-client/rest";
import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { useServices } from "../page/services.js";

/** Pause in typing before a search request. */
const PAUSE_MS = 150;
const MAX_RESULTS = 8;

interface SymbolSearchProps {
  readonly onSelect: (symbol: SearchSymbolResultItem) => void;
  /** Label of the field. */
  readonly label?: string;
  /** Name by which a key finds the field. @default none */
  readonly hotkey?: string;
}

/** Searches symbols by name or description, as an ARIA combobox. */
export function SymbolSearch({ onSelect, label = "Search symbols", hotkey }: SymbolSearchProps) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  /** Enter was pressed before the results arrived: selects the first result when they do. */
  const [isSelectPending, setSelectPending] = useState(false);
  const { results, error, isCurrent } = useSearch(text);
  const id = useId();
  const isOpen = text !== "" && (results !== undefined || error !== undefined);

  const select = (result: SearchSymbolResultItem | undefined) => {
    if (result === undefined) return;
    onSelect(result);
    setText("");
    setActive(0);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the results arrive
  useEffect(() => {
    if (isSelectPending && isCurrent) select(results?.[0]);
    if (isCurrent) setSelectPending(false);
  }, [isSelectPending, isCurrent]);
  const onKeyDown = (event: KeyboardEvent) => {
    const count = results?.length ?? 0;
    if (event.key === "ArrowDown") setActive(Math.min(active + 1, count - 1));
    else if (event.key === "ArrowUp") setActive(Math.max(active - 1, 0));
    else if (event.key === "Enter" && isCurrent) select(results?.[active]);
    else if (event.key === "Enter") setSelectPending(text !== "");
    else if (event.key === "Escape" && text !== "") setText("");
    else return;
    event.preventDefault();
  };

  return (
    <div className="search">
      <input
        type="search"
        data-hotkey={hotkey}
        role="combobox"
        placeholder={label}
        aria-label={label}
        aria-expanded={isOpen}
        aria-controls={`${id}-results`}
        aria-autocomplete="list"
        aria-activedescendant={results?.[active] && `${id}-${active}`}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          setActive(0);
          setSelectPending(false);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setText("")}
      />
      <div className="hits" id={`${id}-results`} role="listbox" aria-label="Search results" hidden={!isOpen}>
        {results?.map((result, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the combobox keeps the focus and refers to this row by its id
          <div
            key={`${result.exchange}:${result.symbol}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            // Not onClick, because the blur before it closes the list.
            onMouseDown={() => select(result)}
          >
            <strong>{result.symbol}</strong>
            <span>{result.description}</span>
            <small>{result.exchange}</small>
          </div>
        ))}
        {results?.length === 0 && <p>No results for “{text}”</p>}
        {error !== undefined && <p>{error}</p>}
      </div>
    </div>
  );
}

interface Search {
  /** Undefined until the first reply; the previous results until the next one. */
  readonly results: readonly SearchSymbolResultItem[] | undefined;
  readonly error: string | undefined;
  /** Whether the results are for the current text. */
  readonly isCurrent: boolean;
}

/** Searches while the user is typing. */
function useSearch(text: string): Search {
  const { rest } = useServices();
  const [reply, setReply] = useState<Omit<Search, "isCurrent"> & { readonly text: string }>();
  useEffect(() => {
    if (text === "") {
      setReply(undefined);
      return;
    }
    const aborter = new AbortController();
    const timer = setTimeout(() => {
      rest.search({ query: text, exchange: "", type: "" }, aborter.signal).then(
        (results) => setReply({ text, results: results.slice(0, MAX_RESULTS), error: undefined }),
        (failure: Error) => {
          if (!aborter.signal.aborted) setReply({ text, results: undefined, error: failure.message });
        },
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [rest, text]);
  return { results: reply?.results, error: reply?.error, isCurrent: reply?.text === text };
}
