import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";

export interface DockTab {
  readonly name: string;
  /** Rendered while the tab is selected. */
  readonly content: () => ReactNode;
}

interface DockProps {
  readonly label: string;
  readonly tabs: readonly [DockTab, ...DockTab[]];
  readonly className?: string;
  /** The id of the panel. @default none */
  readonly id?: string;
  /** Content next to the tabs. */
  readonly children?: ReactNode;
}

/** Shows one of several panels, with tabs after the ARIA pattern. */
export function Dock({ label, tabs, className = "", id: panelId, children }: DockProps) {
  const [selected, setSelected] = useState(tabs[0].name);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const index = Math.max(
    0,
    tabs.findIndex(({ name }) => name === selected),
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const targets: Record<string, number> = {
      ArrowRight: index + 1,
      ArrowLeft: index - 1,
      Home: 0,
      End: tabs.length - 1,
    };
    const next = tabs[((targets[event.key] ?? index) + tabs.length) % tabs.length] as DockTab;
    if (!(event.key in targets)) return;
    event.preventDefault();
    setSelected(next.name);
    list.current?.querySelectorAll("button")[tabs.indexOf(next)]?.focus();
  };
  return (
    <section className={`panel dock ${className}`} id={panelId} aria-label={label}>
      <header className="dock-head">
        <div className="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
          {tabs.map(({ name }, position) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`${id}-tab-${position}`}
              aria-selected={position === index}
              aria-controls={`${id}-panel`}
              tabIndex={position === index ? 0 : -1}
              onClick={() => setSelected(name)}
            >
              {name}
            </button>
          ))}
        </div>
        {children}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be focusable */}
      <div className="dock-body" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${index}`} tabIndex={0}>
        {tabs[index]?.content()}
      </div>
    </section>
  );
}
