import * as z from "zod/mini";

// Schemas whose messages are whole sentences about the value: without a locale zod says "Invalid input".

/** An object without other keys; the refusal of one names those there are. */
export function strictObject<const Shape extends z.core.$ZodShape>(
  shape: Shape,
): z.ZodMiniObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `has no key ${JSON.stringify(issue.keys[0])}; there are ${Object.keys(shape).join(", ")}`
        : "must be an object",
  });
}

/** The first thing that a schema refuses, in words. */
export function firstProblem({ issues: [issue] }: z.core.$ZodError): string {
  if (issue === undefined) return "it is not what it must be";
  const place = issue.path.map(String).join(".");
  return place === "" ? `it ${issue.message}` : `${place} ${issue.message}`;
}
