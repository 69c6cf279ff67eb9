import { analyticsOf } from "@tetra/tsm/monitoring";
import type { TsmRun } from "../app.ts";
import { readEvents } from "../monitoring/read-events.ts";
import { analyticsLines, analyticsRecord } from "../monitoring/told-analytics.ts";

/** `tsm analytics [service...]` */
export const run: TsmRun = async (args, app) => {
  const analytics = analyticsOf(await readEvents(app, args));
  if (app.out.mode === "json") app.out.json(analyticsRecord(analytics));
  else app.out.printAll(analyticsLines(analytics));
};
