import { TetraError } from "@tetra/errors";
import type { SupervisorErrorCode } from "./errors.ts";

/**
 * When a cron expression (five fields, six with seconds in front, or `@daily` and the like) is next due
 * after a moment, in local time; `undefined`: never.
 * @throws TetraError `INVALID_CRON`
 */
export async function nextCron(expression: string, afterMs: number): Promise<number | undefined> {
  const { Cron } = await import("croner"); // only where something has a schedule
  try {
    return new Cron(expression, { paused: true }).nextRun(new Date(afterMs))?.getTime();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new TetraError<SupervisorErrorCode>(
      "INVALID_CRON",
      `${JSON.stringify(expression)}: ${why}`,
      {
        hint: "use five fields: minute hour day month weekday, such as `0 3 * * *`",
        cause: error,
      },
    );
  }
}
