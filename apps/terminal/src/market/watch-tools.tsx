import { type RefObject, useId } from "react";
import { BellIcon } from "../page/bell-icon.js";
import type { WatchLists } from "./watch-lists.js";

interface WatchToolsProps {
  readonly select: RefObject<HTMLSelectElement | null>;
  readonly lists: WatchLists;
  /** The selected symbol. */
  readonly symbol: string;
  readonly isEdited: boolean;
  /** Whether there can be another list. */
  readonly canCreate: boolean;
  readonly onSelect: (listId: string | undefined) => void;
  readonly onCreate: () => void;
  readonly onEdit: () => void;
  readonly onAlert: () => void;
}

/** Selects, creates and edits watchlists, and opens the alerts of the selected symbol. */
export function WatchTools(props: WatchToolsProps) {
  const { select, lists, symbol, isEdited, canCreate, onSelect, onCreate, onEdit, onAlert } = props;
  const id = useId();
  return (
    <div className="watch-tools">
      <label htmlFor={id} className="visually-hidden">
        List
      </label>
      <select
        id={id}
        ref={select}
        value={lists.selectedId ?? ""}
        onChange={({ target }) => onSelect(target.value || undefined)}
      >
        <option value="">All symbols</option>
        {lists.lists.map((list) => (
          <option key={list.id} value={list.id}>
            {list.name}
          </option>
        ))}
      </select>
      {lists.selectedId !== undefined && (
        <button type="button" aria-pressed={isEdited} onClick={onEdit}>
          Edit
        </button>
      )}
      <button type="button" disabled={!canCreate} onClick={onCreate}>
        New list
      </button>
      <button type="button" aria-label={`Alert for ${symbol}`} title={`Alert for ${symbol}`} onClick={onAlert}>
        <BellIcon />
      </button>
    </div>
  );
}
