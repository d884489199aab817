import type { ReactNode } from "react";
import type { Position } from "../subscriptions/listener.js";
import { positionText, type TopicView } from "./activity.js";
import { TopicText } from "./topic-text.js";

/** How many rows are drawn: a page of thousands would slow down what it watches. */
const SHOWN = 100;

const TONES = { live: "good", syncing: "wait", pending: "wait", error: "bad" } as const;

/** The topics of a client, each with how it stands. */
export function TopicsTable({ topics, none }: { topics: readonly TopicView[]; none: string }): ReactNode {
  if (topics.length === 0) return <p className="td-none">{none}</p>;
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
          {topics.slice(0, SHOWN).map((topic) => (
            <Row key={topic.topic} {...topic} />
          ))}
        </tbody>
      </table>
      {topics.length > SHOWN && (
        <p className="td-none">{topics.length - SHOWN} more: narrow them down with the filter.</p>
      )}
    </>
  );
}

function Row({ topic, status, error, listeners, rate, updates, quietMs, position }: TopicView): ReactNode {
  return (
    <tr>
      <th scope="row">
        <TopicText topic={topic} />
        {error && <div className="td-fault">{error}</div>}
      </th>
      <td>
        <span className="td-state" data-tone={TONES[status]}>
          {status}
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

/** An epoch is often a UUID, and what moves is the offset. */
function shortened({ epoch, offset }: Position): Position {
  return { epoch: epoch.length > 9 ? `${epoch.slice(0, 8)}…` : epoch, offset };
}
