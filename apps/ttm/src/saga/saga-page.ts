import {
  formatDuration,
  type Piece,
  relativeTime,
  type Style,
  styled,
  table,
} from "@tetra/cli-kit";
import type { SagaStatus, SagaView, StepStatus, StepView } from "@tetra/tts-core/saga";

type Lines = readonly (readonly Piece[])[];

/** How a saga is drawn. */
export interface PageOptions {
  readonly nowMs: number;
  readonly columns?: number | undefined;
  /** At most so many lines, where that is the terminal's height: steps of no interest are left out. */
  readonly rows?: number | undefined;
}

const MARKS: Readonly<Record<StepStatus, readonly [mark: string, ...styles: Style[]]>> = {
  pending: ["○", "dim"],
  running: ["●", "yellow"],
  waiting: ["◌", "cyan"],
  retrying: ["●", "magenta"],
  completed: ["✓", "green"],
  failed: ["✗", "red"],
  compensating: ["↶", "yellow"],
  compensated: ["↶", "blue"],
  kept: ["✓", "magenta"],
  attention: ["!", "red", "bold"],
  settled: ["✓", "cyan"],
};

const STATUS_STYLE: Readonly<Record<SagaStatus, readonly Style[]>> = {
  running: ["yellow"],
  waiting: ["cyan"],
  compensating: ["yellow"],
  attention: ["red", "bold"],
  committed: ["green"],
  rolled_back: ["red"],
};

/** A saga with its steps, for people. */
export function sagaPage(view: SagaView, options: PageOptions): Lines {
  const { nowMs, columns } = options;
  const steps = view.steps.flatMap((step) => stepRows(step, 0, nowMs));
  const reasons = reasonLines(view);
  const room = options.rows === undefined ? Infinity : options.rows - reasons.length - 4;
  return [
    [
      styled(view.id, "bold"),
      `  ${view.name}  `,
      styled(view.status.replace("_", " "), ...STATUS_STYLE[view.status]),
      ...(view.isDryRun ? [styled("  dry run", "dim")] : []),
    ],
    ...table(fitting(steps, room).map(withoutEmptyEnd), { columns, indent: "  " }),
    ...reasons,
  ];
}

interface StepRow {
  readonly cells: readonly Piece[];
  /** Whether it is of interest now. */
  readonly isLive: boolean;
}

function stepRows(step: StepView, depth: number, nowMs: number): readonly StepRow[] {
  const [mark, ...styles] = MARKS[step.status];
  const name = step.step.slice(step.step.lastIndexOf("/") + 1);
  const indent = "  ".repeat(depth);
  const group = step.steps.length === 0 ? "" : ` (${step.type === "saga" ? "saga" : step.type})`;
  const isPending = step.status === "pending";
  const row = {
    isLive: !["pending", "completed", "compensated"].includes(step.status),
    cells: [
      styled(`${indent}${mark} ${name}${group}`, ...styles),
      styled(isPending ? "" : step.status, "dim"),
      isPending || step.durationMs === undefined ? "" : formatDuration(step.durationMs),
      step.attempts > 1 ? `attempt ${step.attempts}` : "",
      styled(noteOf(step, nowMs), "dim"),
    ],
  };
  return [row, ...step.steps.flatMap((inner) => stepRows(inner, depth + 1, nowMs))];
}

function noteOf(step: StepView, nowMs: number): string {
  const { status, error, untilMs, progress, pivot, type } = step;
  if (status === "pending") return pivot === true ? "no way back after it" : "";
  const until = untilMs === undefined ? "" : relativeTime(untilMs, nowMs);
  if (status === "retrying") return `again ${until}: ${error ?? ""}`;
  if (status === "waiting") return `for ${WAITS[type] ?? "something"} ${until}`.trimEnd();
  if (error !== undefined && status !== "completed") return error;
  if (progress !== undefined && status === "running") {
    const percent =
      progress.fraction === undefined ? "" : `${Math.floor(progress.fraction * 100)}% `;
    return percent + progress.message;
  }
  if (status === "kept") return "nothing undoes it";
  return "";
}

const WAITS: Readonly<Partial<Record<StepView["type"], string>>> = {
  approval: "an approval",
  signal: "a signal",
  sleep: "its moment",
};

/** Leaves out lines of no interest when there are too many, and says how many. */
function fitting(rows: readonly StepRow[], room: number): Lines {
  if (rows.length <= room) return rows.map(({ cells }) => cells);
  const live = rows.filter(({ isLive }) => isLive).slice(0, Math.max(1, room - 1));
  const hidden = rows.length - live.length;
  return [...live.map(({ cells }) => cells), [styled(`… ${hidden} more steps`, "dim")]];
}

/** A table pads every cell but the last. */
function withoutEmptyEnd(cells: readonly Piece[]): readonly Piece[] {
  const isEmpty = (piece: Piece): boolean =>
    (typeof piece === "string" ? piece : piece.text) === "";
  return cells.slice(0, cells.findLastIndex((cell) => !isEmpty(cell)) + 1);
}

/** Why it turned back, and what it needs. */
function reasonLines(view: SagaView): Lines {
  const { failure, attention, undoes, undoneBy } = view;
  const where = failure?.step === undefined ? "" : `${failure.step}: `;
  return [
    ...(failure === undefined ? [] : [[styled(`  Failed: ${where}${failure.error}`, "red")]]),
    ...attention.map(({ step, reason }) => [
      styled(`  Needs a person: ${step}: ${reason}`, "red", "bold"),
    ]),
    ...(undoes === undefined ? [] : [[`  Undoes: ${undoes}`]]),
    ...(undoneBy === undefined ? [] : [[`  Undone by: ${undoneBy}`]]),
  ];
}
