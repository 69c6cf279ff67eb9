import { isTetraError, TetraError } from "@tetra/errors";
import type * as z from "zod/mini";
import type { SagaErrorCode } from "./errors.ts";
import { firstProblem } from "./strict-shape.ts";

/** Puts where it is before a message that lacks it. */
export function within<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isTetraError(error, "INVALID_SAGA") || error.message.startsWith(where)) throw error;
    throw refusal(`${where}: ${error.message}`, error.hint);
  }
}

/** A value of this shape. @throws TetraError `INVALID_SAGA` */
export function shaped<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const { success, data } = schema.safeParse(value);
  if (success) return data;
  throw refusal(firstProblem(schema, value) ?? "is not valid");
}

/** The error for what a file must not hold. */
export function refusal(
  problem: string,
  hint = "see docs/sagas.md for what a saga's file may be",
): TetraError<SagaErrorCode> {
  return new TetraError("INVALID_SAGA", problem.replaceAll(/\p{Cc}/gu, " "), { hint });
}
