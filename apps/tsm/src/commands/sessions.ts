import { type Arguments, formatDuration, type Output, styled, table } from "@tetra/cli-kit";
import { type Session, sessionsOf, summaryOf } from "@tetra/tsm/monitoring";
import type { TsmRun } from "../app.ts";
import { readEvents } from "../monitoring/read-events.ts";
import { sessionRecord, summaryRecord, summaryText } from "../monitoring/told-analytics.ts";
import { shortTime } from "../monitoring/told-events.ts";

const FORMS = ["summary", "detailed", "json"] as const;

/** `tsm sessions [summary|detailed|json] [service...]` */
export const run: TsmRun = async (args, app) => {
  const form = FORMS.find((each) => each === args.at(0));
  const sessions = sessionsOf(await readEvents(app, form === undefined ? args : behindFirst(args)));
  if (app.out.mode === "json" || form === "json") {
    const record = {
      summary: summaryRecord(summaryOf(sessions)),
      sessions: sessions.map(sessionRecord),
    };
    app.out.data(`${JSON.stringify(record, undefined, 2)}\n`);
  } else if (form === "detailed") detailed(app.out, sessions);
  else app.out.print(summaryText(summaryOf(sessions)));
};

/** What follows the form are services. */
function behindFirst(args: Arguments): Arguments {
  return { ...args, at: (place) => args.at(place + 1), rest: (place) => args.rest(place + 1) };
}

function detailed(out: Output, sessions: readonly Session[]): void {
  if (sessions.length === 0) return out.print("No sessions.");
  const heading = "SESSION USER START DURATION EVENTS CLICKS ERRORS JOURNEY".split(" ");
  const rows = sessions.map((session) => [
    session.id,
    session.user,
    shortTime(session.startMs),
    `${formatDuration(session.endMs - session.startMs)}${session.hasEnded ? "" : " …"}`,
    String(session.events),
    String(session.clicks),
    String(session.errors),
    session.journey.join(" → "),
  ]);
  out.printAll(
    table([heading.map((word) => styled(word, "bold")), ...rows], { columns: out.columns }),
  );
}
