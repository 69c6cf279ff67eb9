import type * as z from "zod/mini";

/** Something that is wrong, and where: the keys that lead there. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  /** Whether the key at the end of the path is meant, not its value. */
  readonly isKey: boolean;
  /** Whether the message names that key itself. */
  readonly isUnknown?: boolean;
  readonly message: string;
}

/**
 * A value as its shape has it.
 * @param refuse is told what the shape refuses, in words; throws
 */
export function shaped<Value>(
  shape: z.ZodMiniType<Value>,
  value: unknown,
  refuse: (problems: readonly Problem[]) => void,
): Value {
  const { error, data } = shape.safeParse(value);
  if (error === undefined) return data;
  refuse(error.issues.flatMap((issue) => problemsOf(issue, [])));
  throw error;
}

function problemsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): readonly Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    return [{ path: [...path, key], isKey: true, isUnknown: true, message: issue.message }];
  }
  if (issue.code === "invalid_union") {
    // the form that was meant is the one that does not refuse the kind of value
    const meant = issue.errors.find(([first]) => first !== undefined && !isOtherKind(first));
    if (meant !== undefined) return meant.flatMap((inner) => problemsOf(inner, path));
  }
  if (issue.code === "invalid_key") return [{ path, isKey: true, message: issue.message }];
  return [{ path, isKey: false, message: issue.message }];
}

function isOtherKind(issue: z.core.$ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code !== "invalid_union") {
    return issue.code === "invalid_type" || issue.code === "invalid_value";
  }
  return issue.errors.every(([first]) => first === undefined || isOtherKind(first));
}
