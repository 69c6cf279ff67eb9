import { isTetraError, TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import type { ServiceCare } from "./service-care.ts";

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
    throw new TetraError<TsmErrorCode>("INVALID_CRON", `${JSON.stringify(expression)}: ${why}`, {
      hint: "use five fields: minute hour day month weekday, such as `0 3 * * *`",
      cause: error,
    });
  }
}

/**
 * Whether what a service asks for can be understood, before it is started: a daemon would find out later.
 * @throws TetraError `INVALID_CRON`
 */
export async function checkCron(name: string, { cron }: ServiceCare): Promise<void> {
  if (cron === undefined) return;
  try {
    await nextCron(cron, 0);
  } catch (error) {
    if (!isTetraError(error, "INVALID_CRON")) throw error;
    const { code, message, hint } = error;
    throw new TetraError(code, `${name}: ${message}`, {
      ...(hint === undefined ? {} : { hint }),
      details: { name, cron },
      cause: error,
    });
  }
}
