"use client";

import * as React from "react";
import type { Entry } from "./activity.js";
import { frameOf } from "./frame.js";
import { TopicText } from "./topic-text.js";

const KINDS: Readonly<Record<Entry["kind"], string>> = {
  sent: "↑ sent",
  received: "↓ received",
  state: "• state",
  reset: "• reset",
  resume: "• resume",
  gap: "⚠ gap",
  error: "⚠ error",
};

/** Lists entries, newest first. Each line expands to its full text. */
export function EntryList({ entries, empty }: { entries: readonly Entry[]; empty: string }): React.ReactElement {
  if (entries.length === 0) return <p className="td-none">{empty}</p>;
  return (
    <ol>
      {[...entries].reverse().map((entry) => (
        <Line key={entry.id} {...entry} />
      ))}
    </ol>
  );
}

/** Memoized, because entries never change while the list changes several times a second. */
const Line = React.memo(function Line({ time, kind, text }: Entry): React.ReactElement {
  const [isOpen, setOpen] = React.useState(false);
  const frame = kind === "sent" || kind === "received" ? frameOf(text) : undefined;
  return (
    <li>
      <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <time dateTime={new Date(time).toISOString()}>{clockText(time)}</time>
          <span className="td-kind" data-kind={kind}>
            {KINDS[kind]}
          </span>
          {frame && <code className="td-type">{frame.type}</code>}
          {frame?.topic && <TopicText topic={frame.topic} />}
          <code className="td-data">{frame ? frame.data : text}</code>
        </summary>
        {isOpen && <pre>{frame ? frame.indented : text}</pre>}
      </details>
    </li>
  );
});

/** Formats a time as `09:05:07.250`, in the local time zone. */
function clockText(time: number): string {
  const date = new Date(time);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) =>
    String(part).padStart(2, "0"),
  );
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
