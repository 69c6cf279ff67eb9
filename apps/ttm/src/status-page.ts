import { formatDuration, type Piece, relativeTime, styled, table } from "@tetra/cli-kit";
import { parseInstant, type TransactionStatus } from "@tetra/tts-core";
import { eventSummary } from "./event-summary.ts";
import { stageSpan } from "./stage-style.ts";

type Lines = readonly (readonly Piece[])[];

/** A transaction for people: aligned, with a timeline of its stages and relative times. */
export function statusPage(
  status: TransactionStatus,
  { nowMs, columns }: { readonly nowMs: number; readonly columns?: number | undefined },
): Lines {
  const { id, state, isActive, timeline, recent, context, startedMs } = status;
  const { target, tes_plan, last_error } = state;
  const where = target ?? "";
  return [
    [styled(id, "bold"), "  ", stageSpan(state.stage), isActive ? styled("  active", "dim") : ""],
    [],
    ...indented([
      ["Description", state.description],
      ["Target", tes_plan === undefined ? where : `${where} → ${tes_plan}`],
      ["Agent", state.agent],
      ["Iteration", String(state.iteration)],
      ["Started", startedMs === undefined ? "unknown" : relativeTime(startedMs, nowMs)],
      ["Changed", when(state.last_checkpoint, nowMs)],
      ...(state.ctx_digest === null ? [] : [["Digest", state.ctx_digest]]),
      ...(last_error === null ? [] : [["Error", styled(last_error, "red")]]),
    ]),
    ...titled(
      "Stages",
      indented(
        timeline.map(({ stage, atMs, durationMs, isOpen }, at) => [
          stageSpan(stage, `${isOpen || at === timeline.length - 1 ? "●" : "○"} ${stage}`),
          isOpen ? styled(`${formatDuration(durationMs)} so far`, "dim") : duration(durationMs),
          styled(relativeTime(atMs, nowMs), "dim"),
        ]),
      ),
    ),
    ...titled(
      "Recent events",
      indented(
        recent.map((event) => [
          styled(when(event.ts ?? "", nowMs), "dim"),
          event.event,
          eventSummary(event),
        ]),
        columns,
      ),
    ),
    ...titled(
      "Context files",
      context.length === 0
        ? [[styled("  (none)", "dim")]]
        : indented(
            context.map(({ name, kind, bytes }) => [
              name,
              styled(kind === "folder" ? "folder" : formatBytes(bytes), "dim"),
            ]),
          ),
    ),
  ];
}

function titled(title: string, lines: Lines): Lines {
  return [[], [styled(title, "bold")], ...lines];
}

function indented(rows: Lines, columns?: number): Lines {
  return table(rows, { columns, indent: "  " });
}

function duration(ms: number): string {
  return ms === 0 ? "" : formatDuration(ms);
}

function when(instant: string, nowMs: number): string {
  const atMs = parseInstant(instant);
  return atMs === undefined ? instant : relativeTime(atMs, nowMs);
}

/** A size for people: `512 B`, `1.4 kB`. */
function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(bytes) / 3)));
  const amount = bytes / 1000 ** at;
  return `${at === 0 ? bytes : amount.toFixed(amount < 10 ? 1 : 0)} ${units[at] ?? "B"}`;
}
