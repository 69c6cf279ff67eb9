import { isTetraError } from "@tetra/errors";
import type { Flows } from "@tetra/rag-adapter";
import { statSync } from "node:fs";
import { resolve } from "node:path/posix";

/** Which flow an answer is for, and where the answer is. */
export interface NamedAnswer {
  readonly id: string;
  /** Absent: `build/answer.md` of the flow. */
  readonly file?: string | undefined;
}

/**
 * What `[id] [answer-file]` mean: one word that is no flow but an existing file, or `-`, is the answer to the active
 * flow.
 * @throws TetraError `NOT_FOUND`, `INVALID_ID`, `AMBIGUOUS`, `NO_ACTIVE`
 */
export async function namedAnswer(
  flows: Pick<Flows, "resolveId">,
  [first, second]: readonly (string | undefined)[],
  cwd: string,
): Promise<NamedAnswer> {
  try {
    return { id: await flows.resolveId(first), file: second };
  } catch (error) {
    const isMissing = isTetraError(error, "NOT_FOUND") || isTetraError(error, "INVALID_ID");
    if (!isMissing || first === undefined || second !== undefined) throw error;
    if (first !== "-" && !isFile(resolve(cwd, first))) throw error;
    return { id: await flows.resolveId(), file: first };
  }
}

/** Whatever can be read as one, pipes included. */
function isFile(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isDirectory();
}
