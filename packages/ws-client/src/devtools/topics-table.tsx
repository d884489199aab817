"use client";

import type { ReactNode } from "react";
import type { Position } from "../subscriptions/listener.js";
import { positionText, type TopicView } from "./activity.js";
import { TopicText } from "./topic-text.js";

/** Maximum number of rows: thousands would slow down the page. */
const MAX_ROWS = 100;

const TONES = { live: "good", syncing: "wait", pending: "wait", error: "bad" } as const;

/** Lists a client's topics with their status. */
export function TopicsTable({ topics, empty }: { topics: readonly TopicView[]; empty: string }): ReactNode {
  if (topics.length === 0) return <p className="td-none">{empty}</p>;
  return (
    <>
      <table>
        <caption>Topics</caption>
        <thead>
          <tr>
            <th scope="col">Topic</th>
            <th scope="col">Status</th>
            <th scope="col" className="td-number">
              Listeners
            </th>
            <th scope="col" className="td-number">
              Updates/s
            </th>
            <th scope="col" className="td-number">
              Updates
            </th>
            <th scope="col" className="td-number">
              Last update
            </th>
            <th scope="col">Position</th>
          </tr>
        </thead>
        <tbody>
          {topics.slice(0, MAX_ROWS).map((topic) => (
            <Row key={topic.topic} {...topic} />
          ))}
        </tbody>
      </table>
      {topics.length > MAX_ROWS && (
        <p className="td-none">{topics.length - MAX_ROWS} more topics: use the filter to find them.</p>
      )}
    </>
  );
}

function Row({ topic, status, error, reason, listeners, rate, updates, quietMs, position }: TopicView): ReactNode {
  return (
    <tr>
      <th scope="row">
        <TopicText topic={topic} />
        {error && <div className="td-fault">{error}</div>}
      </th>
      <td>
        <span className="td-state" data-tone={TONES[status]}>
          {status}
          {reason && ` (${reason})`}
        </span>
      </td>
      <td className="td-number" data-label="listeners">
        {listeners}
      </td>
      <td className="td-number" data-label="updates/s">
        {rate < 10 ? rate.toFixed(1) : Math.round(rate)}
      </td>
      <td className="td-number" data-label="updates">
        {updates}
      </td>
      <td className="td-number" data-label="last update">
        {quietText(quietMs)}
      </td>
      <td className="td-position" data-label="position">
        <code title={position && positionText(position)}>{position ? positionText(shortened(position)) : "none"}</code>
      </td>
    </tr>
  );
}

function quietText(quietMs: number | undefined): string {
  if (quietMs === undefined) return "–";
  if (quietMs < 1_000) return "now";
  const seconds = Math.floor(quietMs / 1_000);
  return seconds < 120 ? `${seconds} s ago` : `${Math.floor(seconds / 60)} min ago`;
}

/** Shortens the epoch, which is often a UUID. */
function shortened({ epoch, offset }: Position): Position {
  return { epoch: epoch.length > 9 ? `${epoch.slice(0, 8)}…` : epoch, offset };
}
