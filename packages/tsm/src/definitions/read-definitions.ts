import { readFileSync } from "node:fs";
import { isSystemError } from "@tetra/durable-fs";
import type { ServiceEnvironment } from "../files/store.ts";
import type { LaunchRequest } from "../launch/launch-request.ts";
import { type DefinitionReference, definitionRequest } from "./definition-request.ts";
import { invalidDefinition, unreadable } from "./invalid-definition.ts";
import type { ServiceDefinition } from "./service-definition.ts";
import { parseTsmFile } from "./tsm-file.ts";
import { isTsmYaml, parseTsmYaml } from "./tsm-yaml.ts";

/** What files of definitions are read with. */
export interface ReadDefinitionsContext {
  /** What `$V` in a `.tsm` file finds: usually the environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** The organisation, where the file's place tells it. */
  readonly org?: string | undefined;
}

/**
 * What a file defines: a tsm.yaml or tsm.json, or a `.tsm` file.
 * @param file absolute
 * @throws TetraError `INVALID_DEFINITION`, `NOT_ASSIGNMENTS`
 */
export async function readDefinitions(
  file: string,
  { variables, org }: ReadDefinitionsContext,
): Promise<readonly ServiceDefinition[]> {
  const text = textOf(file);
  if (text === undefined) {
    throw invalidDefinition({ file }, "there is no such file", { hint: "look at the path" });
  }
  if (isTsmYaml(file)) return parseTsmYaml(text, file);
  return [parseTsmFile(text, { file, variables, ...(org === undefined ? {} : { org }) })];
}

/**
 * What to ask for when a service that was started from a definition is restarted: the definition as it is
 * now, with what the command line said then. `undefined`: its file does not define it any more.
 * @param environment what the service's environment is built on
 * @throws TetraError `INVALID_DEFINITION`, `NOT_ASSIGNMENTS`
 */
export async function requestAgain(
  { file, name, org, options }: DefinitionReference,
  {
    environment,
    variables,
  }: {
    readonly environment: ServiceEnvironment;
    readonly variables: ReadDefinitionsContext["variables"];
  },
): Promise<LaunchRequest | undefined> {
  if (textOf(file) === undefined) return undefined;
  const others = await readDefinitions(file, { variables, org });
  const definition = others.find((it) => it.name === name);
  if (definition === undefined) return undefined;
  return definitionRequest(definition, {
    environment,
    others,
    ...(options === undefined ? {} : { options }),
  });
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw unreadable(file, error);
  }
}
