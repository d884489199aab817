"use client";

import type { ReactNode } from "react";

/** Renders a topic with its route highlighted. */
export function TopicText({ topic }: { topic: string }): ReactNode {
  const colon = topic.indexOf(":");
  return (
    <code className="td-topic">
      <b>{topic.slice(0, colon)}</b>
      {topic.slice(colon)}
    </code>
  );
}
