import { TetraError } from "@tetra/errors";
import type { ActionStep, Compensation, SagaNode } from "./definition.ts";
import type { SagaErrorCode } from "./errors.ts";
import type { Json } from "./json.ts";
import { inside, isReference } from "./wiring.ts";

/** Where a saga is put inside another. */
export interface MountPoint {
  /** Its path there: paths inside it begin with that. */
  readonly path: readonly [string, ...string[]];
  /** What it gets for its input, as data of the outer saga. */
  readonly input: Json;
}

/**
 * The steps of a saga as steps of a nested one: results are referred to by the outer path, and references
 * to its input are replaced by what it gets for it.
 * @throws TetraError `INVALID_SAGA` when it refers to an input that it does not get
 */
export function mounted(steps: readonly SagaNode[], at: MountPoint): readonly SagaNode[] {
  return steps.map((node): SagaNode => {
    if (node.type === "step") {
      return {
        ...moved(node, at),
        ...(node.compensate === undefined ? {} : { compensate: moved(node.compensate, at) }),
      };
    }
    if ("steps" in node) return { ...node, steps: mounted(node.steps, at) };
    if (node.type !== "sleep" || node.until === undefined) return node;
    return { ...node, until: movedData(node.until, at) };
  });
}

function moved<Call extends ActionStep | Compensation>(call: Call, at: MountPoint): Call {
  return call.data === undefined ? call : { ...call, data: movedData(call.data, at) };
}

function movedData(data: Json, at: MountPoint): Json {
  if (isReference(data)) {
    if ("$result" in data) return { $result: [...at.path, ...data.$result] };
    if ("$input" in data) return taken(at.input, data.$input, at);
    return "$text" in data ? { $text: data.$text.map((part) => movedData(part, at)) } : data;
  }
  if (typeof data !== "object" || data === null) return data;
  if (isList(data)) return data.map((inner) => movedData(inner, at));
  return Object.fromEntries(
    Object.entries(data).map(([key, inner]) => [key, movedData(inner, at)]),
  );
}

/** What is at a path of the input, which may be a reference on the way there. */
function taken(input: Json, path: readonly (string | number)[], at: MountPoint): Json {
  const [key, ...rest] = path;
  if (key === undefined) return input;
  if (isReference(input)) {
    if ("$input" in input) return { $input: [...input.$input, ...path] };
    if ("$result" in input) return { $result: [...input.$result, ...path] };
    if ("$literal" in input) return { $literal: taken(input.$literal, path, at) };
  }
  const inner = isReference(input) ? undefined : inside(input, key);
  if (isThere(inner)) return taken(inner, rest, at);
  const problem = `${at.path.join("/")}: there is no input.${path.join(".")}`;
  throw new TetraError<SagaErrorCode>("INVALID_SAGA", problem, {
    hint: "give it with the saga's input",
  });
}

/** What is inside JSON is JSON. */
function isThere(value: unknown): value is Json {
  return value !== undefined;
}

/** Array.isArray does not tell readonly arrays apart. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
