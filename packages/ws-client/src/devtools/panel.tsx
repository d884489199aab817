"use client";

import * as React from "react";
import type { Client } from "../client.js";
import type { Clock } from "../timers.js";
import { Actions } from "./actions.js";
import { Activity, type Entry, MAX_ENTRIES } from "./activity.js";
import { EntryList } from "./entry-list.js";
import { Tabs } from "./tabs.js";
import { TopicsTable } from "./topics-table.js";
import { rateText } from "./traffic.js";

const TONES = { connected: "good", disconnected: "wait", connecting: "wait", closed: "bad" } as const;

/** Shows a client's activity while it is mounted. */
export function Panel({
  client,
  clock,
  id,
}: {
  client: Client;
  clock: Clock | undefined;
  id: string;
}): React.ReactElement {
  const activity = React.useMemo(() => new Activity(client, clock), [client, clock]);
  const view = React.useSyncExternalStore(activity.subscribe, activity.get);
  const { isPaused, topics, frames, problems } = view;
  const [tab, setTab] = React.useState<"topics" | "frames" | "problems">("topics");
  const [filter, setFilter] = React.useState("");
  const { state, protocol, connectionId, unanswered, queued } = view.client;
  const matches = (text: string) => text.toLowerCase().includes(filter.toLowerCase());
  const ofText = (entries: readonly Entry[]) => entries.filter(({ kind, text }) => matches(`${kind} ${text}`));
  return (
    <section id={id} className="td-panel" aria-label="Streams">
      <div className="td-head">
        <p className="td-connection" role="status">
          <span className="td-state" data-tone={TONES[state.status]}>
            {state.status}
          </span>
          <span>{state.reason}</span>
        </p>
        <Actions client={client} clock={clock} />
        <dl className="td-facts">
          <Fact name="protocol" value={protocol ?? "unknown yet"} />
          {connectionId !== undefined && <Fact name="connection" value={connectionId} />}
          <Fact name="unanswered" value={unanswered} />
          <Fact name="queued" value={queued} />
          <Fact name="received" value={rateText(view.received)} />
          <Fact name="sent" value={rateText(view.sent)} />
        </dl>
      </div>
      <div className="td-bar">
        <Tabs
          id={id}
          tabs={[
            { name: "topics", label: "Topics", count: `${topics.length}` },
            { name: "frames", label: "Frames", count: countText(frames) },
            {
              name: "problems",
              label: "Gaps and errors",
              count: countText(problems),
              isFault: problems.length > 0,
            },
          ]}
          selected={tab}
          onSelect={setTab}
        />
        <div className="td-tools">
          <input
            type="search"
            aria-label="Filter"
            placeholder="Filter"
            value={filter}
            onChange={({ target }) => setFilter(target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Escape" || filter === "") return;
              event.preventDefault();
              setFilter("");
            }}
          />
          {tab !== "topics" && (
            <button type="button" onClick={() => activity.clear()}>
              Clear
            </button>
          )}
          <button type="button" aria-pressed={isPaused} onClick={() => activity.pause(!isPaused)}>
            Pause
          </button>
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be focusable */}
      <div className="td-body" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tab}`} tabIndex={0}>
        {tab === "topics" && (
          <TopicsTable
            topics={topics.filter(({ topic, status }) => matches(`${status} ${topic}`))}
            empty={
              topics.length === 0 ? "No topics. A topic appears here when a component subscribes to it." : NO_MATCH
            }
          />
        )}
        {tab === "frames" && (
          <EntryList entries={ofText(frames)} empty={frames.length === 0 ? "No frames." : NO_MATCH} />
        )}
        {tab === "problems" && (
          <EntryList entries={ofText(problems)} empty={problems.length === 0 ? "No gaps or errors." : NO_MATCH} />
        )}
      </div>
    </section>
  );
}

const NO_MATCH = "No matches.";

function countText({ length }: readonly Entry[]): string {
  return length < MAX_ENTRIES ? `${length}` : `${MAX_ENTRIES}+`;
}

function Fact({ name, value }: { name: string; value: string | number }): React.ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
