import type { ReactNode } from "react";
import { type CsvValue, csvOf, downloadCsv } from "../csv.js";

export interface Column {
  /** Empty for a column of buttons. */
  readonly name: string;
  /** Whether the column is right-aligned, with the class `number`. @default false */
  readonly isNumber?: boolean;
}

interface TradingTableProps {
  readonly caption: string;
  readonly columns: readonly Column[];
  /** Whether the data is loaded, so that no rows means that there are none. */
  readonly isComplete: boolean;
  /** The reason why the table cannot be shown. */
  readonly error: string | undefined;
  /** Text without rows. */
  readonly empty: string;
  /** Returns the rows for a CSV file: a value for each column with a name. */
  readonly csvRows: () => readonly (readonly CsvValue[])[];
  readonly children: readonly ReactNode[];
}

/** A table of the account, or a note if it is empty, loading or failed. */
export function TradingTable({ caption, columns, isComplete, error, empty, csvRows, children }: TradingTableProps) {
  if (error !== undefined) return <p className="panel-note">{error}</p>;
  if (children.length === 0) return <p className="panel-note">{isComplete ? empty : "Loading…"}</p>;
  const names = columns.map(({ name }) => name).filter((name) => name !== "");
  return (
    <>
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
      <p className="table-foot">
        <button type="button" onClick={() => downloadCsv(`${caption.toLowerCase()}.csv`, csvOf(names, csvRows()))}>
          Download CSV
        </button>
      </p>
    </>
  );
}
