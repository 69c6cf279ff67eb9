import { type EventRecord, type LogLine, parseEventLine } from "@tetra/tts-core";

/**
 * The events of a flow's log in order. The original's `flow_checkpoint` wrote one `}` too many behind
 * metadata; such lines are read as they were meant.
 */
export function flowEvents(lines: readonly LogLine[]): readonly EventRecord[] {
  return lines.flatMap(({ text, event, folded }) => {
    // what is ours and is not folded was never acknowledged
    if (event !== undefined) return folded ? [event] : [];
    const mended = mendCheckpoint(text);
    return mended === undefined ? [] : [mended];
  });
}

function mendCheckpoint(text: string): EventRecord | undefined {
  if (!text.includes(`"event":"checkpoint"`) || !text.endsWith("}")) return undefined;
  const event = parseEventLine(text.slice(0, -1));
  return event?.event === "checkpoint" ? event : undefined;
}

/** Something a flow noted to come back to. */
export interface Checkpoint {
  /** UTC instant, RFC 3339 with seconds; empty when the line has none. */
  readonly ts: string;
  readonly stage: string;
  /** What the caller gave; empty when the line has no object there. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The checkpoints of a flow, oldest first. */
export function checkpointsIn(events: readonly EventRecord[]): readonly Checkpoint[] {
  return events
    .filter(({ event }) => event === "checkpoint")
    .map(({ ts = "", stage, metadata }) => ({
      ts,
      stage: typeof stage === "string" ? stage : "",
      metadata: isRecord(metadata) ? metadata : {},
    }));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
