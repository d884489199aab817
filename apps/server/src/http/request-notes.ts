import type { LogFields } from "@trading/ws-server";

const notes = new WeakMap<object, LogFields>();

/** Adds fields to the log line of a request, such as the id of the order that it has placed. */
export function addNotes(request: object, fields: LogFields): void {
  notes.set(request, { ...notes.get(request), ...fields });
}

/** Returns the fields that were added to the log line of a request. */
export function notesOf(request: object): LogFields {
  return notes.get(request) ?? {};
}
