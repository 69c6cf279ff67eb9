import type { EventRecord, LogLine } from "@tetra/tts-core";
import type { App, TtmRun } from "../app.ts";
import { following } from "../following.ts";
import { type Opened, withStore } from "../open-store.ts";

/** `ttm events [id] [type]` */
export const run: TtmRun = (args, app) =>
  withStore(app, "read", (opened) => {
    const wanted = { id: args.at(0), type: args.at(1) };
    return args.has("follow") ? follow(wanted, app, opened) : show(wanted, app, opened);
  });

interface Wanted {
  readonly id: string | undefined;
  readonly type: string | undefined;
}

async function show({ id, type }: Wanted, { out }: App, { manager }: Opened): Promise<number> {
  const lines = await manager.events(id, type);
  if (out.mode === "json") out.json(lines.map(eventJson));
  else if (lines.length > 0) out.data(lines.map(({ text }) => `${text}\n`).join(""));
  else if (type === undefined) out.print("No events found");
  return lines.length === 0 && type !== undefined ? 1 : 0;
}

function follow({ id, type }: Wanted, app: App, { manager }: Opened): Promise<number> {
  return following(app, async (signal) => {
    for await (const { text, event } of manager.watch(id, { signal })) {
      if (type !== undefined && event?.event !== type) continue;
      // one line each in JSON too: an array would have no end
      app.out.data(
        `${app.out.mode === "json" ? JSON.stringify(eventJson({ text, event })) : text}\n`,
      );
    }
  });
}

/** A line as JSON; one that is no event is given as its text. */
function eventJson({
  text,
  event,
}: Pick<LogLine, "text"> & { event?: EventRecord | undefined }): EventRecord | { text: string } {
  return event ?? { text };
}
