import type * as z from "zod/mini";

/** Something that is wrong, and where: the keys that lead there. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  /** Whether the key at the end of the path is meant, not its value. */
  readonly isKey: boolean;
  readonly message: string;
}

/** What a shape refuses in a value, in words. */
export function problemsIn(shape: z.ZodMiniType, value: unknown): readonly Problem[] {
  const { error } = shape.safeParse(value);
  return (error?.issues ?? []).flatMap((issue) => problemsOf(issue, []));
}

function problemsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): readonly Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    return [{ path: [...path, key], isKey: true, message: issue.message }];
  }
  if (issue.code === "invalid_union") {
    // the form that was meant is the one that does not refuse the kind of value
    const meant = issue.errors.find(([first]) => first !== undefined && !isOtherKind(first));
    if (meant !== undefined) return meant.flatMap((inner) => problemsOf(inner, path));
  }
  if (issue.code === "invalid_key") return [{ path, isKey: true, message: issue.message }];
  return [{ path, isKey: false, message: issue.message }];
}

function isOtherKind({ code, path }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === "invalid_type" || code === "invalid_value");
}
