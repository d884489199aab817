import type { ReactNode } from "react";

/** What stands where something is missing: what is wrong, in whose words, and what to do. */
export function Notice({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  return (
    <div className="notice" role="alert">
      <h2>{title}</h2>
      <p>{text}</p>
      {children}
    </div>
  );
}
