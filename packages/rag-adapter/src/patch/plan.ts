import { TetraError } from "@tetra/errors";
import * as z from "zod/mini";
import type { PatchErrorCode } from "./errors.ts";

/** A change that `plan.json` announces. */
export interface PlannedChange {
  /** The file, relative to the project; absent where the plan names none. */
  readonly file?: string;
  /** What is to be done with it, in words. */
  readonly change?: string;
}

const text = z.exactOptional(z.string());
// loose: models add fields of their own
const entry = z.looseObject({ file: text, path: text, change: text, description: text, why: text });
const changes = z.array(z.union([z.string(), entry]));
const shape = z.union([changes, z.looseObject({ changes })]);

/**
 * Reads `plan.json`: `{"changes": [{"file": "src/a.ts", "change": "what"}, …]}` in order; the list alone will
 * do, and so will `path` for `file`, and a text for an entry.
 * @throws TetraError `INVALID_ANSWER`
 */
export function parsePlan(json: string): readonly PlannedChange[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : "";
    throw refused(`plan.json is not JSON: ${problem.split("\n")[0] ?? ""}`);
  }
  const parsed = shape.safeParse(value);
  if (!parsed.success) throw refused("plan.json has no list of changes");
  const list = "changes" in parsed.data ? parsed.data.changes : parsed.data;
  return list.map(plannedChange);
}

function plannedChange(one: string | z.infer<typeof entry>): PlannedChange {
  if (typeof one === "string") return { change: one };
  const file = one.file ?? one.path;
  const change = one.change ?? one.description ?? one.why;
  return { ...(file === undefined ? {} : { file }), ...(change === undefined ? {} : { change }) };
}

function refused(problem: string): TetraError<PatchErrorCode> {
  return new TetraError("INVALID_ANSWER", problem, {
    hint: `ask for {"changes": [{"file": "src/example.ts", "change": "what is done"}]}`,
  });
}
