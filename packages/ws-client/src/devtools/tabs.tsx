"use client";

import type { KeyboardEvent, ReactNode } from "react";

export interface Tab<Name extends string> {
  readonly name: Name;
  readonly label: string;
  /** Number of entries in the tab. */
  readonly count: string;
  /** Whether the count is highlighted as a problem. */
  readonly isFault?: boolean;
}

const STEPS: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** Tabs after the ARIA pattern: one Tab stop, and arrow keys to select. */
export function Tabs<Name extends string>({
  id,
  tabs,
  selected,
  onSelect,
}: {
  /** Prefix of ids: the panel is `{id}-panel` and a tab is `{id}-{name}`. */
  id: string;
  tabs: readonly Tab<Name>[];
  selected: Name;
  onSelect: (name: Name) => void;
}): ReactNode {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const index = tabs.findIndex(({ name }) => name === selected);
    const next = tabs[STEPS[event.key]?.(index, tabs.length) ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    onSelect(next.name);
    event.currentTarget.querySelector<HTMLElement>(`[data-name="${next.name}"]`)?.focus();
  };
  return (
    <div role="tablist" className="td-tabs" aria-label="View" onKeyDown={onKeyDown}>
      {tabs.map(({ name, label, count, isFault }) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`${id}-${name}`}
          data-name={name}
          aria-selected={name === selected}
          aria-controls={`${id}-panel`}
          tabIndex={name === selected ? 0 : -1}
          onClick={() => onSelect(name)}
        >
          {label} <span className={isFault ? "td-count td-fault" : "td-count"}>{count}</span>
        </button>
      ))}
    </div>
  );
}
