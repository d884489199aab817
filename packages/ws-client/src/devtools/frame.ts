/** A parsed frame for display. */
export interface FrameText {
  readonly type: string;
  readonly topic: string | undefined;
  /** The payload; for an update only the update itself. */
  readonly data: string;
  readonly indented: string;
}

/** Parses a frame. Returns undefined if it is not an envelope or was truncated. */
export function frameOf(text: string): FrameText | undefined {
  try {
    const frame = JSON.parse(text) as { type?: unknown; payload?: { topic?: unknown; payload?: unknown } | null };
    if (typeof frame.type !== "string") return undefined;
    const { topic, ...rest } = frame.payload ?? {};
    const data = rest.payload === undefined ? rest : rest.payload;
    return {
      type: frame.type,
      topic: typeof topic === "string" ? topic : undefined,
      data: frame.payload === undefined ? "" : JSON.stringify(data),
      indented: JSON.stringify(frame, null, 2),
    };
  } catch {
    return undefined;
  }
}
