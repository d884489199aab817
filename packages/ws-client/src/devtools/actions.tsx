"use client";

import * as React from "react";
import type { Client } from "../client.js";
import { type Recorder, type Recording, record } from "../testing/recording.js";
import type { Clock } from "../timers.js";
import { reconnect } from "./reconnect.js";

/** Buttons that change what the client does. Nothing happens until one is pressed, and closing the panel ends it. */
export function Actions({ client, clock }: { client: Client; clock: Clock | undefined }): React.ReactElement {
  const [isOffline, setOffline] = React.useState(false);
  const [recorder, setRecorder] = React.useState<Recorder>();
  const [note, setNote] = React.useState("");
  React.useEffect(() => {
    if (!isOffline) return;
    client.disconnect();
    // A subscription or a request would connect again.
    const stop = client.onState(({ status }) => status === "connecting" && client.disconnect());
    return () => {
      stop();
      client.connect();
    };
  }, [client, isOffline]);
  React.useEffect(() => () => void recorder?.stop(), [recorder]);

  const causeGap = () => {
    const isChanged = reconnect(client, ({ offset }) => ({ epoch: "devtools", offset }));
    setNote(isChanged ? "" : 'No gap: the client has the option "WebSocket"');
  };
  const toggleRecording = () => {
    if (recorder) {
      save(recorder.stop());
      setRecorder(undefined);
      return;
    }
    setRecorder(record(client, { ...(clock && { clock }) }));
    // A playback needs the whole state of each topic, which the server sends to a subscribe without a position.
    if (!isOffline) reconnect(client, () => undefined);
  };
  return (
    <div className="td-tools" role="toolbar" aria-label="Actions">
      <span role="alert">{note}</span>
      <button type="button" aria-pressed={isOffline} onClick={() => setOffline(!isOffline)}>
        Offline
      </button>
      <button
        type="button"
        disabled={isOffline}
        title="Reconnects as if the server no longer had the missed updates"
        onClick={causeGap}
      >
        Gap
      </button>
      <button
        type="button"
        aria-pressed={recorder !== undefined}
        title="Reconnects and records all frames, including account data"
        onClick={toggleRecording}
      >
        {recorder ? "Save recording" : "Record"}
      </button>
    </div>
  );
}

function save(recording: Recording): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(recording)], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `recording-${new Date().toISOString().replace(/[:.]/g, "-")}.json`;
  link.click();
  // Later, because the browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url));
}
