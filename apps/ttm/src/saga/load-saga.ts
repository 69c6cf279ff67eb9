import { TetraError } from "@tetra/errors";
import {
  type ActionRegistry,
  checkDefinition,
  type Json,
  type SagaDefinition,
  sagaFromFile,
} from "@tetra/tts-core/saga";
import { readFileSync } from "node:fs";
import type { TtmErrorCode } from "../errors.ts";
import { definitionOf } from "./exported-saga.ts";
import { actionsOf } from "./load-actions.ts";
import { isModule, loadModule } from "./load-module.ts";

/** A saga that was read from a file, ready to be started. */
export interface LoadedSaga {
  readonly definition: SagaDefinition;
  readonly description?: string;
  readonly target?: string;
  /** What the module registers, when it was one. */
  readonly actions?: ActionRegistry | undefined;
}

/**
 * Reads a saga from a YAML or JSON file, or from a module.
 * @throws TetraError `NOT_FOUND`, `IO`, `INVALID_SAGA` that names file, line and column, or the step
 */
export async function loadSaga(
  file: string,
  vars: Readonly<Record<string, string>>,
): Promise<LoadedSaga> {
  if (isModule(file)) return fromModule(file, vars);
  return sagaFromFile(await parseDocument(file, readText(file)), { vars, where: file });
}

/** The content of a file as text. @throws TetraError `NOT_FOUND`, `IO` */
export function readText(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new TetraError<TtmErrorCode>("NOT_FOUND", `${file}: no such file`, {
        hint: "look at the path",
        details: { file },
        cause,
      });
    }
    throw new TetraError<TtmErrorCode>("IO", `${file}: cannot be read (${code})`, {
      hint: "look at its permissions",
      details: { file },
      cause,
    });
  }
}

/** JSON is YAML: one reader for both, which knows lines and columns. */
async function parseDocument(file: string, text: string): Promise<unknown> {
  const { parseDocument: parse } = await import("yaml");
  // a few lines of aliases can stand for gigabytes
  const document = parse(text, { prettyErrors: true, uniqueKeys: true, version: "1.2" });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) {
    const [at] = error.linePos ?? [];
    const place = at === undefined ? file : `${file}:${at.line}:${at.col}`;
    const [what = ""] = error.message.split(/ at line \d+|\n/u);
    throw invalid(`${place}: ${what}`, "correct it; docs/sagas.md has examples", file);
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw invalid(
      `${file}: ${cause instanceof Error ? cause.message : ""}`,
      "use fewer aliases",
      file,
    );
  }
}

async function fromModule(
  file: string,
  vars: Readonly<Record<string, string>>,
): Promise<LoadedSaga> {
  const exported = await loadModule(file);
  const found = sagaIn(exported);
  if (found === undefined) {
    throw invalid(
      `${file}: exports no saga`,
      "export one as default, or under the name saga",
      file,
    );
  }
  const input = { ...inputOf(found), ...vars };
  const definition = { ...found, ...(Object.keys(input).length === 0 ? {} : { input }) };
  return {
    definition: checkDefinition(definition, file),
    actions: actionsOf(exported, file),
    ...textsOf(exported),
  };
}

/** A saga among a module's exports: `saga`, the default, or the only one there is. */
function sagaIn(exported: Readonly<Record<string, unknown>>): SagaDefinition | undefined {
  const inner = exported["default"];
  const nested = isObject(inner) ? inner["saga"] : undefined;
  const named = [exported["saga"], inner, nested].map(definitionOf).find((it) => it !== undefined);
  if (named !== undefined) return named;
  const all = Object.values(exported).flatMap((value) => definitionOf(value) ?? []);
  return all.length === 1 ? all[0] : undefined;
}

function inputOf({ input }: SagaDefinition): Readonly<Record<string, Json>> {
  return typeof input === "object" && input !== null && !isList(input) ? input : {};
}

/** Array.isArray does not tell readonly arrays apart. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function textsOf({
  description,
  target,
}: Readonly<Record<string, unknown>>): Pick<LoadedSaga, "description" | "target"> {
  return {
    ...(typeof description === "string" ? { description } : {}),
    ...(typeof target === "string" ? { target } : {}),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function invalid(message: string, hint: string, file: string): TetraError<TtmErrorCode> {
  return new TetraError("INVALID_SAGA", message, { hint, details: { file } });
}
