/** A frame as a line shows it. */
export interface FrameText {
  readonly type: string;
  readonly topic: string | undefined;
  /** What it carries: of an update the update. */
  readonly data: string;
  readonly indented: string;
}

/** Undefined where it is no envelope, or was cut. */
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
