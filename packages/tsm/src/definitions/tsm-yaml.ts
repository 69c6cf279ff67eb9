import { basename, dirname, resolve } from "node:path/posix";
import { isTetraError } from "@tetra/errors";
import { nextCron } from "../care/cron.ts";
import type { Place } from "./invalid-definition.ts";
import { type Problem, shaped } from "./problems.ts";
import {
  contradictionsIn,
  dependenciesOf,
  refuseProblems,
  type ServiceDefinition,
} from "./service-definition.ts";
import { FILE_SHAPE, type FileKeys, type ServiceKeys } from "./service-keys.ts";
import { parseYamlFile } from "./yaml-file.ts";

/** The names under which a file of services is looked for. */
export const TSM_YAML_NAMES = ["tsm.yaml", "tsm.yml", "tsm.json"] as const;

/**
 * Reads a tsm.yaml: `schemas/tsm.schema.json` says what it may hold.
 * @param file absolute; relative paths in it are relative to its folder
 * @throws TetraError `INVALID_DEFINITION` that names line, column and the nearest key
 */
export async function parseTsmYaml(
  text: string,
  file: string,
): Promise<readonly ServiceDefinition[]> {
  const { value, placeOf } = await parseYamlFile(text, file);
  const known = withoutExtensions(value);
  const place = ({ path, isKey }: Problem) => placeOf(path, isKey ? "key" : "value");
  const { services, ...common } = shaped(FILE_SHAPE, known, (problems) => {
    refuseProblems(problems, place);
  });
  refuseProblems(await unknownTimes(services), place);
  refuseProblems(
    Object.entries(services).flatMap(([name, keys]) =>
      [...contradictionsIn(keys), ...endlessWaits(keys, services)].map(
        ({ path, isKey, message }) => ({ path: ["services", name, ...path], isKey, message }),
      ),
    ),
    place,
  );
  return Object.entries(services).map(([name, keys]) =>
    definitionOf(name, { keys, common, place: placeOf(["services", name], "key") }),
  );
}

interface Written {
  readonly keys: ServiceKeys;
  readonly common: Omit<FileKeys, "services">;
  readonly place: Place;
}

function definitionOf(name: string, { keys, common, place }: Written): ServiceDefinition {
  const org = keys.org ?? keys.namespace ?? common.org;
  return {
    name,
    ...(org === undefined ? {} : { org }),
    keys: withCommon(keys, common),
    naming: { base: name, withPort: false },
    folder: dirname(resolve(place.file)),
    place,
    warnings: [],
  };
}

/** The text of a tsm.yaml, with a comment before it. */
export async function formatTsmYaml(keys: FileKeys, comment?: string): Promise<string> {
  const { Document } = await import("yaml");
  const document = new Document(keys, { version: "1.2" });
  if (comment !== undefined) document.commentBefore = comment.replaceAll(/^/gm, " ");
  return document.toString({ lineWidth: 0 });
}

/** Whether a file is read as a tsm.yaml, by its name. */
export function isTsmYaml(file: string): boolean {
  return /\.(ya?ml|json)$/.test(basename(file));
}

/** Cron expressions that mean nothing. */
async function unknownTimes(services: FileKeys["services"]): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const [name, { cron }] of Object.entries(services)) {
    try {
      if (cron !== undefined) await nextCron(cron, 0);
    } catch (error) {
      if (!isTetraError(error, "INVALID_CRON")) throw error;
      problems.push({ path: ["services", name, "cron"], isKey: false, message: error.message });
    }
  }
  return problems;
}

/** What is always restarted never completes. */
function endlessWaits(keys: ServiceKeys, services: FileKeys["services"]): readonly Problem[] {
  return dependenciesOf(keys)
    .filter(
      ({ name, condition }) => condition === "completed" && services[name]?.restart === "always",
    )
    .map(({ name }) => ({
      path: ["depends_on", name],
      isKey: true,
      message: `${name} never completes: it has restart: always`,
    }));
}

/** Keys that begin with `x-` are the writer's own, for anchors. */
function withoutExtensions(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith("x-")));
}

function withCommon(
  { org: _org, namespace: _namespace, ...keys }: ServiceKeys,
  { env }: Omit<FileKeys, "services">,
): ServiceKeys {
  return env === undefined ? keys : { ...keys, env: { ...env, ...keys.env } };
}
