import { formatDuration } from "@tetra/cli-kit";
import type { WorkerNote } from "@tetra/tts-core/saga";

/** What a worker tells, in one line: what happened, and what happens next. */
export function toldNote(note: WorkerNote, nowMs: number): string {
  switch (note.type) {
    case "stopped": {
      const { id, status, waiting, failure } = note.view;
      const what = waiting.map(({ type, step }) => `${type} ${step}`).join(", ");
      const why = failure === undefined ? "" : `: ${failure.error}`;
      return `${id}  ${status}${what === "" ? why : `: ${what}`}`;
    }
    case "left":
      return `${note.error.message}; left alone until its log changes`;
    case "trouble": {
      const { txn, error, againAtMs } = note;
      const message = error instanceof Error ? error.message : String(error);
      const again = formatDuration(Math.max(0, againAtMs - nowMs));
      return `${txn}  cannot be carried on: ${message}; tried again in ${again}`;
    }
  }
}
