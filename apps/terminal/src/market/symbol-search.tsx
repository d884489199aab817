import type { SearchSymbolResultItem } from "@trading/ws-client/rest";
import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { useDesk } from "../page/desk.js";

/** Keys are typed faster than a server should be asked. */
const PAUSE_MS = 150;
const SHOWN = 8;

/** A combobox that finds symbols by name or description. */
export function SymbolSearch({ onChoose }: { readonly onChoose: (symbol: SearchSymbolResultItem) => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  /** Enter came before what is found by these letters. */
  const [isAwaited, setAwaited] = useState(false);
  const { hits, fault, isCurrent } = useHits(text);
  const id = useId();
  const isOpen = text !== "" && (hits !== undefined || fault !== undefined);

  const choose = (hit: SearchSymbolResultItem | undefined) => {
    if (hit === undefined) return;
    onChoose(hit);
    setText("");
    setAt(0);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the answer is there
  useEffect(() => {
    if (isAwaited && isCurrent) choose(hits?.[0]);
    if (isCurrent) setAwaited(false);
  }, [isAwaited, isCurrent]);
  const onKeyDown = (event: KeyboardEvent) => {
    const count = hits?.length ?? 0;
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, count - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter" && isCurrent) choose(hits?.[at]);
    else if (event.key === "Enter") setAwaited(text !== "");
    else if (event.key === "Escape") setText("");
    else return;
    event.preventDefault();
  };

  return (
    <div className="search">
      <input
        type="search"
        role="combobox"
        placeholder="Find a symbol"
        aria-label="Find a symbol"
        aria-expanded={isOpen}
        aria-controls={`${id}-hits`}
        aria-autocomplete="list"
        aria-activedescendant={hits?.[at] && `${id}-${at}`}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          setAt(0);
          setAwaited(false);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setText("")}
      />
      <div className="hits" id={`${id}-hits`} role="listbox" aria-label="Symbols found" hidden={!isOpen}>
        {hits?.map((hit, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the combobox has the focus, and names this row by its id
          <div
            key={`${hit.exchange}:${hit.symbol}`}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            // Before the blur, which closes the list.
            onMouseDown={() => choose(hit)}
          >
            <strong>{hit.symbol}</strong>
            <span>{hit.description}</span>
            <small>{hit.exchange}</small>
          </div>
        ))}
        {hits?.length === 0 && <p>Nothing is called “{text}”.</p>}
        {fault !== undefined && <p>{fault}</p>}
      </div>
    </div>
  );
}

interface Hits {
  /** Undefined until the server has answered; those of fewer letters until it has answered again. */
  readonly hits: readonly SearchSymbolResultItem[] | undefined;
  readonly fault: string | undefined;
  /** They are of these letters. */
  readonly isCurrent: boolean;
}

/** What the server finds. */
function useHits(text: string): Hits {
  const { rest } = useDesk();
  const [found, setFound] = useState<Omit<Hits, "isCurrent"> & { readonly text: string }>();
  useEffect(() => {
    if (text === "") {
      setFound(undefined);
      return;
    }
    const aborter = new AbortController();
    const timer = setTimeout(() => {
      rest.search({ query: text, exchange: "", type: "" }, aborter.signal).then(
        (hits) => setFound({ text, hits: hits.slice(0, SHOWN), fault: undefined }),
        (error: Error) => {
          if (!aborter.signal.aborted) setFound({ text, hits: undefined, fault: error.message });
        },
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [rest, text]);
  return { hits: found?.hits, fault: found?.fault, isCurrent: found?.text === text };
}
