import { TetraError } from "@tetra/errors";
import type { ResolveErrorCode } from "./errors.ts";
import { didYouMean } from "./nearest.ts";

/** What can be done at a place. */
export const OPERATIONS = ["read", "write", "append", "delete", "execute"] as const;

/** What is done at a place. */
export type Operation = (typeof OPERATIONS)[number];

/**
 * Reads the name of an operation.
 * @throws TetraError `UNKNOWN_OPERATION` that lists the valid ones.
 */
export function parseOperation(text: string): Operation {
  const operation = OPERATIONS.find((known) => known === text);
  if (operation !== undefined) return operation;
  throw new TetraError<ResolveErrorCode>(
    "UNKNOWN_OPERATION",
    `unknown operation ${JSON.stringify(text)}: it is none of ${OPERATIONS.join(", ")}`,
    {
      hint: didYouMean(text, OPERATIONS) ?? `use one of ${OPERATIONS.join(", ")}`,
      details: { operation: text },
    },
  );
}
