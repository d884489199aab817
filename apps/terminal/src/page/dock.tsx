import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";

export interface DockTab {
  readonly name: string;
  /** Drawn while the tab is chosen. */
  readonly content: () => ReactNode;
}

interface DockProps {
  readonly label: string;
  readonly tabs: readonly [DockTab, ...DockTab[]];
  readonly className?: string;
  /** Beside the tabs. */
  readonly children?: ReactNode;
}

/** Panels of which one is shown: tabs, by arrow keys too. */
export function Dock({ label, tabs, className = "", children }: DockProps) {
  const [chosen, setChosen] = useState(tabs[0].name);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const at = Math.max(
    0,
    tabs.findIndex(({ name }) => name === chosen),
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
    const next = tabs[((steps[event.key] ?? at) + tabs.length) % tabs.length] as DockTab;
    if (!(event.key in steps)) return;
    event.preventDefault();
    setChosen(next.name);
    list.current?.querySelectorAll("button")[tabs.indexOf(next)]?.focus();
  };
  return (
    <section className={`panel dock ${className}`} aria-label={label}>
      <header className="dock-head">
        <div className="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
          {tabs.map(({ name }, index) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`${id}-tab-${index}`}
              aria-selected={index === at}
              aria-controls={`${id}-panel`}
              tabIndex={index === at ? 0 : -1}
              onClick={() => setChosen(name)}
            >
              {name}
            </button>
          ))}
        </div>
        {children}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key */}
      <div className="dock-body" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${at}`} tabIndex={0}>
        {tabs[at]?.content()}
      </div>
    </section>
  );
}
