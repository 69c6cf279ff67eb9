import * as z from "zod";

/** The id of a transaction, or the beginning of one. */
export const ID: z.ZodType<string> = z
  .string()
  .min(1)
  .max(300)
  .describe("The transaction's id, or a beginning that fits one.");

/** How long a tool may wait. */
export const WAIT_SECONDS: z.ZodType<number> = z
  .number()
  .int()
  .min(0)
  .max(86_400)
  .default(45)
  .describe("How long to wait for it, in seconds. Default 45; call again to wait on.");

/** Why something is done: it is recorded. */
export const REASON: z.ZodType<string> = z
  .string()
  .min(1)
  .max(2000)
  .describe("Why; it is recorded.");
