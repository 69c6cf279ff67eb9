import type { TsmRun } from "../app.ts";
import { following } from "../following.ts";
import { followEvents } from "../monitoring/read-events.ts";
import { eventLine, eventRecord } from "../monitoring/told-events.ts";

/** `tsm stream [service...]` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  return following(app, async (signal) => {
    for await (const events of followEvents(app, args, { signal })) {
      if (out.mode === "json") {
        // one line each: an array would have no end
        out.data(events.map((event) => `${JSON.stringify(eventRecord(event))}\n`).join(""));
      } else out.printAll(events.map(eventLine));
    }
  });
};
