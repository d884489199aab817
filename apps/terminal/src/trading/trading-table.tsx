import type { ReactNode } from "react";

export interface Column {
  /** Empty above buttons. */
  readonly name: string;
  /** Its cells have the class `number` too. @default false */
  readonly isNumber?: boolean;
}

interface TradingTableProps {
  readonly caption: string;
  readonly columns: readonly Column[];
  /** Whether no rows mean that there are none, and not that they still arrive. */
  readonly isComplete: boolean;
  /** Why there are no rows. */
  readonly fault: string | undefined;
  /** What to say where there are none. */
  readonly empty: string;
  readonly children: readonly ReactNode[];
}

/** A table of the account, or why there is nothing in it. */
export function TradingTable({ caption, columns, isComplete, fault, empty, children }: TradingTableProps) {
  if (fault !== undefined) return <p className="panel-note">{fault}</p>;
  if (children.length === 0) return <p className="panel-note">{isComplete ? empty : "Loading…"}</p>;
  return (
    <table className="rows">
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ name, isNumber }) => (
            <th key={name} scope="col" className={isNumber ? "number" : undefined}>
              {name || <span className="visually-hidden">Actions</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
