import { EMPTY_TALLY, tallyOf } from "@tetra/tsm/monitoring";
import type { TsmRun } from "../app.ts";
import { following } from "../following.ts";
import { followEvents, readEvents } from "../monitoring/read-events.ts";
import { eventLine, tallyLines, tallyRecord } from "../monitoring/told-events.ts";

/** `tsm monitor [service...] [-f]` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  if (!args.has("follow")) {
    const tally = tallyOf(await readEvents(app, args));
    if (out.mode === "json") out.json(tallyRecord(tally));
    else out.printAll(tallyLines(tally, out.columns));
    return 0;
  }
  let tally = EMPTY_TALLY;
  const status = await following(app, async (signal) => {
    for await (const events of followEvents(app, args, { signal })) {
      tally = tallyOf(events, tally);
      if (out.mode !== "json") out.printAll(events.map(eventLine));
    }
  });
  if (out.mode === "json") out.json(tallyRecord(tally));
  else out.printAll([[], ...tallyLines(tally, out.columns)]);
  return status;
};
