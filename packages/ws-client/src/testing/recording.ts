import type { Client } from "../client.js";
import { type Clock, type Routes, systemClock } from "../options.js";

/** What went over the wire between a client and its server. Plain data: keep it as JSON. */
export interface Recording {
  readonly version: 1;
  /** What the server spoke. */
  readonly protocol: "session" | "base";
  /** In the order of the wire; without logins, so without tokens, and without heartbeats. */
  readonly frames: readonly RecordedFrame[];
}

export interface RecordedFrame {
  /** Milliseconds since the first frame. */
  readonly atMs: number;
  /** Which of the client's connections it went over, counted. */
  readonly connection: number;
  readonly from: "client" | "server";
  readonly frame: string;
}

/** A recording that goes on. */
export interface Recorder {
  /** Ends it, and returns what was recorded; called again, the same. */
  stop(): Recording;
}

/** Nothing of these is worth playing again, and a login holds a token. */
const LEFT_OUT = /^(auth\.|session\.|ping$|pong$)/;

/**
 * Records what a client says and is told, until it is stopped or the client is closed. Begin before the first subscription:
 * a topic that is held by then has no beginning in the recording, and cannot be played.
 *
 * Requests are recorded with what the application put into them. Every frame is kept in memory.
 *
 * @param options.clock tells when a frame went over the wire. @default performance.now
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

/** Undefined of what is no frame. */
function typeOf(frame: string): string | undefined {
  try {
    const { type } = JSON.parse(frame);
    return typeof type === "string" ? type : undefined;
  } catch {
    return undefined;
  }
}
