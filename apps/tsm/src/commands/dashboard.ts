import { type Arguments, usageError } from "@tetra/cli-kit";
import { analyticsOf, type MonitorEvent, tallyOf } from "@tetra/tsm/monitoring";
import type { App, TsmRun } from "../app.ts";
import { openScreen, type Screen } from "../monit/screen.ts";
import { drawEvents } from "../monitoring/draw-events.ts";
import { followEvents, readEvents } from "../monitoring/read-events.ts";
import { analyticsRecord } from "../monitoring/told-analytics.ts";
import { tallyRecord } from "../monitoring/told-events.ts";

/** So many events are shown and analysed. */
const MOST_EVENTS = 5000;
const DRAW_MS = 1000;

/** `tsm dashboard [service...]` */
export const run: TsmRun = async (args, app) => {
  if (app.out.mode === "json") {
    const events = await readEvents(app, args);
    const counts = tallyRecord(tallyOf(events));
    return app.out.json({ ...counts, analytics: analyticsRecord(analyticsOf(events)) });
  }
  if (app.out.mode !== "terminal" || !app.isInteractive()) {
    throw usageError("dashboard: this is no terminal", "use: tsm analytics, or tsm stream");
  }
  const screen = openScreen(app);
  try {
    await show(screen, { app, args });
  } finally {
    screen.close();
  }
};

async function show(
  screen: Screen,
  { app, args }: { readonly app: App; readonly args: Arguments },
): Promise<void> {
  const over = new AbortController();
  const ignore = app.onStop(() => over.abort());
  let events: readonly MonitorEvent[] = [];
  const draw = (): void =>
    screen.draw(drawEvents(events, { size: screen.size(), nowMs: app.now() }));
  screen.onKey(({ name, ctrl }) => {
    if (name === "q" || (ctrl && name === "c")) over.abort();
  });
  screen.onResize(draw);
  draw();
  // what comes quickly is not drawn more often than somebody can look
  const timer = setInterval(draw, DRAW_MS);
  try {
    for await (const more of followEvents(app, args, { signal: over.signal, lines: 1000 })) {
      const isFirst = events.length === 0;
      events = [...events, ...more].slice(-MOST_EVENTS);
      if (isFirst) draw();
    }
  } finally {
    clearInterval(timer);
    ignore();
  }
}
