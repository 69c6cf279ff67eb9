import * as z from "zod/mini";
import { suggestion } from "./nearest.ts";

// Schemas whose messages are whole sentences about the value: libraries set no zod locale, and without
// one zod says "Invalid input".

/** An object without other keys; the refusal of one names the nearest key there is. */
export function strictObject<const Shape extends z.core.$ZodShape>(
  shape: Shape,
): z.ZodMiniObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return "must be an object";
      const [key = ""] = issue.keys;
      return `has no key ${JSON.stringify(key)}: ${suggestion(key, known)}`;
    },
  });
}

/** The first thing that a schema refuses in a value, in words; `undefined` when it refuses nothing. */
export function firstProblem(schema: z.ZodMiniType, value: unknown): string | undefined {
  const { error } = schema.safeParse(value);
  const issue = error?.issues[0];
  if (issue === undefined) return undefined;
  const key = issue.path.map(String).join(".");
  const isMissing = issue.path.length > 0 && valueAt(value, issue.path) === undefined;
  if (isMissing) return `${key} is missing`;
  return key === "" ? issue.message : `${key} ${issue.message}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, key)) return undefined;
    inner = Reflect.get(inner, key);
  }
  return inner;
}
