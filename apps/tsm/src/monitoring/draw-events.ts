import { type Piece, styled } from "@tetra/cli-kit";
import { analyticsOf, inOrder, type MonitorEvent, tallyOf } from "@tetra/tsm/monitoring";
import { chart } from "../monit/chart.ts";
import { fitted, type ScreenSize } from "../monit/draw-dashboard.ts";
import { analyticsLines } from "./told-analytics.ts";
import { eventLine, tallyLines } from "./told-events.ts";

type Line = readonly Piece[];

const CHART_LINES = 4;
const MOST_TOKENS = 6;
/** Below this a chart takes more than it gives. */
const LEAST_ROWS_FOR_CHART = 24;

/** The screen of `tsm dashboard`: never more lines than it has, none wider than it is. */
export function drawEvents(
  events: readonly MonitorEvent[],
  { size, nowMs }: { readonly size: ScreenSize; readonly nowMs: number },
): readonly Line[] {
  const { rows, columns } = size;
  const head: Line = [styled("tsm dashboard", "bold"), `  ${events.length} events`];
  const foot: Line = [styled("q", "bold"), styled(" quit", "dim")];
  const counted = tallyLines(tallyOf(events), columns).slice(0, MOST_TOKENS + 1);
  const rate = rows < LEAST_ROWS_FOR_CHART ? [] : rateLines(events, { columns, nowMs });
  const top = [...rate, ...analyticsLines(analyticsOf(events)), [], ...counted, []];
  const room = Math.max(0, rows - 2 - top.length);
  const last =
    room < 2
      ? []
      : inOrder(events)
          .slice(1 - room)
          .map(eventLine);
  const middle: readonly Line[] =
    events.length === 0
      ? [[], ["  No events yet: services print lines such as TETRA:CLICK:BUTTON user=ada"]]
      : [...top, [styled("LAST", "bold")], ...last];
  const space = Math.max(0, rows - 2);
  const filled = Array.from({ length: space }, (_, at) => middle[at] ?? []);
  return [head, ...filled, foot].slice(0, rows).map((line) => fitted(line, columns));
}

/** Events per second, now at the right. */
function rateLines(
  events: readonly MonitorEvent[],
  { columns, nowMs }: { readonly columns: number; readonly nowMs: number },
): readonly Line[] {
  const width = Math.max(1, columns - 2);
  const counts = Array.from({ length: width }, () => 0);
  const second = Math.floor(nowMs / 1000);
  for (const { atMs } of events) {
    const at = width - 1 - (second - Math.floor(atMs / 1000));
    const count = counts[at];
    if (count !== undefined) counts[at] = count + 1;
  }
  const full = Math.max(1, ...counts);
  const lines = chart(counts, { width, height: CHART_LINES, full });
  return [
    [styled("EVENTS ", "bold"), styled(`per second, of ${full}`, "dim")],
    ...lines.map((line): Line => [styled(line, "cyan")]),
    [],
  ];
}
