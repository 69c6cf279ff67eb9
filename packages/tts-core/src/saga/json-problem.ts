/** How deep a value may be nested. JSON.parse and the stack bear more; nobody who means it needs more. */
const DEPTH = 100;

/** What about a value JSON cannot say, and where in it; `undefined` when it is plain JSON. */
export function jsonProblem(value: unknown, where: string): string | undefined {
  const wrong = problemIn(value, 0);
  return wrong === undefined ? undefined : `${[where, ...wrong.path].join(".")} ${wrong.problem}`;
}

interface Found {
  readonly path: readonly string[];
  readonly problem: string;
}

function problemIn(value: unknown, depth: number): Found | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") {
    return Number.isFinite(value) ? undefined : found(`is ${value}, which JSON cannot say`);
  }
  if (typeof value !== "object") return found(`is ${typeof value}, which JSON cannot say`);
  if (depth >= DEPTH) return found(`is nested more than ${DEPTH} deep`);
  if (!Array.isArray(value) && !isPlain(value)) {
    return found("is an object of a class, which JSON cannot say");
  }
  for (const [key, member] of Object.entries(value)) {
    const inner = problemIn(member, depth + 1);
    if (inner !== undefined) return { ...inner, path: [key, ...inner.path] };
  }
  return undefined;
}

function found(problem: string): Found {
  return { path: [], problem };
}

/** Whether an object is no instance of a class. */
export function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  // an object of another realm has another Object.prototype, whose own prototype is null as well
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
