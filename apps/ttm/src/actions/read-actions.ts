import { TetraError } from "@tetra/errors";
import { LEVELS, OPERATIONS } from "@tetra/tes";
import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import type { TtmErrorCode } from "../errors.ts";
import type { Action } from "./action.ts";
import { careOf, missingLevel } from "./least.ts";

const text = z.string("must be text").check(z.minLength(1, "must not be empty"));
const texts = z.array(text, "must be an array of texts");
const words = texts.check(z.minLength(1, "must have at least the program"));
const oneOf = <T extends string>(values: readonly T[]): z.ZodMiniEnum<{ [K in T]: K }> =>
  z.enum(values, `must be one of ${values.join(", ")}`);

const declaration = z.strictObject(
  {
    inputs: z.exactOptional(texts),
    output: z.exactOptional(text),
    effects: z.exactOptional(texts),
    immediate: z.exactOptional(oneOf(["auto", "manual"])),
    can: z.exactOptional(texts),
    cannot: z.exactOptional(texts),
    tes: z.exactOptional(
      z.strictObject(
        {
          target: text.check(z.regex(/^@[A-Za-z][A-Za-z0-9_-]*$/u, "must be a symbol: @name")),
          operation: oneOf(OPERATIONS),
          requires: oneOf(LEVELS),
        },
        "must be an object with target, operation and requires",
      ),
    ),
    command: z.exactOptional(words),
    push: z.exactOptional(
      z.strictObject({ path: text, file: z.exactOptional(text) }, "must be an object with a path"),
    ),
    validate: z.exactOptional(text),
    confirm: z.exactOptional(oneOf(["ask", "explicit"])),
    rollback: z.exactOptional(words),
  },
  "must be an object",
);
type Declaration = z.infer<typeof declaration>;

const declarations = z.record(
  z.string().check(z.regex(/^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$/u, "must be verb:noun")),
  declaration,
  "must be an object of actions",
);

/**
 * Reads the actions that a file declares; without a file there are none.
 * @throws TetraError `INVALID_ACTIONS` naming the file and the key, or `IO`.
 */
export function readActions(file: string): readonly Action[] {
  const content = contentOf(file);
  if (content === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw invalid(file, undefined, cause instanceof Error ? cause.message : "not JSON");
  }
  const { data, error } = declarations.safeParse(value);
  if (data === undefined) {
    const { path, message } = firstProblem(error?.issues ?? []);
    throw invalid(file, path, message);
  }
  return Object.entries(data).map(([name, declared]) => actionOf(file, name, declared));
}

function actionOf(file: string, name: string, declared: Declaration): Action {
  const { command, push, inputs = [], ...rest } = declared;
  const wrong = wrongIn(name, declared);
  if (wrong !== undefined) throw invalid(file, name, wrong);
  const [verb = "", noun = ""] = name.split(":");
  const common = { ...rest, name, verb, noun, inputs };
  if (push !== undefined) return { ...common, work: { type: "push", ...push } };
  return { ...common, work: { type: "command", command: command ?? [] } };
}

/** What its parts say of each other. */
function wrongIn(name: string, declared: Declaration): string | undefined {
  const { command, push, inputs = [], tes, confirm, rollback } = declared;
  if ((command === undefined) === (push === undefined)) return "must have a command or a push";
  if (push !== undefined) {
    if (tes?.operation !== "write") return "pushes, so its tes.operation must be write";
    const count = push.file === undefined ? 1 : 0;
    if (inputs.length !== count) return `must have ${count} inputs: the file that is pushed`;
  } else if (tes !== undefined && tes.operation !== "execute") {
    return "has a command, so its tes.operation must be execute";
  }
  const action = { name, ...(tes && { tes }), ...(confirm && { confirm }) };
  const level = missingLevel(action);
  if (level !== undefined) return `must require at least ${level}`;
  if (confirm !== undefined && tes === undefined) return "has nothing to confirm without tes";
  if (careOf(action) === "explicit" && rollback === undefined) {
    return "wants an explicit confirmation, so it must have a rollback";
  }
  return undefined;
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new TetraError<TtmErrorCode>("IO", `${file}: cannot be read (${code})`, {
      hint: "look at its permissions",
      details: { file },
      cause,
    });
  }
}

interface FoundProblem {
  readonly path: string | undefined;
  readonly message: string;
}

function firstProblem([issue]: readonly z.core.$ZodIssue[]): FoundProblem {
  if (issue === undefined) return { path: undefined, message: "is not valid" };
  const path = issue.path.length === 0 ? undefined : issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    return { path, message: `has an unknown key: ${issue.keys.join(", ")}` };
  }
  const inner = issue.code === "invalid_key" ? issue.issues[0] : undefined;
  return { path, message: inner?.message ?? issue.message };
}

function invalid(file: string, path: string | undefined, message: string): TetraError {
  return new TetraError<TtmErrorCode>(
    "INVALID_ACTIONS",
    `${file}: ${path === undefined ? "" : `"${path}" `}${message}`,
    { hint: "correct it; docs/endpoints.md has an example", details: { file, key: path ?? "" } },
  );
}
