import type { Client } from "../client.js";
import type { Routes } from "../options.js";
import { type Clock, systemClock } from "../timers.js";

/** The frames between a client and its server, as plain data that can be stored as JSON. */
export interface Recording {
  readonly version: 1;
  /** The server's protocol. */
  readonly protocol: "session" | "base";
  /** In order; without logins, and so without tokens, and without heartbeats. */
  readonly frames: readonly RecordedFrame[];
}

export interface RecordedFrame {
  /** Milliseconds since the first frame. */
  readonly atMs: number;
  /** The number of the client's connection, from 1. */
  readonly connection: number;
  readonly from: "client" | "server";
  readonly frame: string;
}

/** A recording in progress. */
export interface Recorder {
  /** Stops recording, and returns the recording. Further calls return the same. */
  stop(): Recording;
}

/** The frames to leave out: they are of no use in a playback, and a login contains a token. */
const LEFT_OUT = /^(auth\.|session\.|ping$|pong$)/;

/**
 * Records a client's frames until it is stopped or the client is closed. Start before the first subscription: a topic that is
 * subscribed already has no beginning in the recording, and cannot be played.
 *
 * Requests are recorded with their payload. All frames are kept in memory. Compact updates are left out: record a client
 * without the option `codec`.
 *
 * @param options.clock the time source for `atMs`. @default performance.now
 */
export function record<Named extends Routes>(
  client: Client<Named>,
  { clock = systemClock }: { readonly clock?: Pick<Clock, "monotonic"> } = {},
): Recorder {
  const frames: RecordedFrame[] = [];
  let { protocol } = client.inspect();
  let connection = 0;
  let startedAt: number | undefined;
  const stop = client.tap((event) => {
    if (event.kind === "state" && event.state.status === "connected") connection++;
    if (event.kind !== "sent" && event.kind !== "received") return;
    const { frame, kind } = event;
    const type = typeOf(frame);
    if (kind === "received") protocol ??= type === "session.welcome" ? "session" : "base";
    if (type === undefined || LEFT_OUT.test(type)) return;
    startedAt ??= clock.monotonic();
    const atMs = clock.monotonic() - startedAt;
    frames.push({ atMs, connection, from: kind === "sent" ? "client" : "server", frame });
  });
  return {
    stop() {
      stop();
      return { version: 1, protocol: protocol ?? "base", frames: [...frames] };
    },
  };
}

/** Returns the type of a frame; undefined if it is invalid. */
function typeOf(frame: string): string | undefined {
  try {
    const { type } = JSON.parse(frame);
    return typeof type === "string" ? type : undefined;
  } catch {
    return undefined;
  }
}
