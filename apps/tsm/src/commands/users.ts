import { styled, table } from "@tetra/cli-kit";
import { usersOf } from "@tetra/tsm/monitoring";
import type { TsmRun } from "../app.ts";
import { readEvents } from "../monitoring/read-events.ts";
import { userRecord } from "../monitoring/told-analytics.ts";
import { shortTime } from "../monitoring/told-events.ts";

/** `tsm users [service...]` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const users = usersOf(await readEvents(app, args));
  if (out.mode === "json") return out.json({ users: users.map(userRecord) });
  if (users.length === 0) return out.print("No users.");
  const heading = "USER SESSIONS EVENTS CLICKS ERRORS FIRST LAST SERVICES".split(" ");
  const rows = users.map((user) => [
    styled(user.user, ...(user.isAnonymous ? (["dim"] as const) : [])),
    String(user.sessions),
    String(user.events),
    String(user.clicks),
    String(user.errors),
    shortTime(user.firstMs),
    shortTime(user.lastMs),
    user.services.join(" "),
  ]);
  out.printAll(
    table([heading.map((word) => styled(word, "bold")), ...rows], { columns: out.columns }),
  );
};
