import { isTetraError } from "@tetra/errors";
import { expect, it } from "vitest";
import { nextCron } from "./cron.ts";

it("says when an expression is next due, in local time", async () => {
  const noon = new Date(2026, 0, 31, 12, 0, 0).getTime();

  expect(await nextCron("30 3 * * *", noon)).toBe(new Date(2026, 1, 1, 3, 30).getTime());
  expect(await nextCron("*/10 * * * * *", noon)).toBe(noon + 10_000);
  expect(await nextCron("0 0 30 2 *", noon)).toBeUndefined();
});

it("refuses what is no expression", async () => {
  const error: unknown = await nextCron("every day", 0).catch((reason: unknown) => reason);

  expect(isTetraError(error, "INVALID_CRON")).toBe(true);
});
