import { accessSync, constants, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { isSystemError, makeFolders, nodeFileSystem } from "@tetra/durable-fs";
import { isTetraError } from "@tetra/errors";
import { join } from "node:path/posix";
import { parseTsmFile } from "../definitions/tsm-file.ts";
import { IGNORED_PORTS } from "../ports/built-in-ranges.ts";

/** Something about a definition that is not as it should be. */
export interface AuditIssue {
  readonly path: string;
  readonly what: string;
  readonly fix: string;
}

/** A definition as it was found. */
export interface AuditedDefinition {
  readonly path: string;
  readonly name: string;
  readonly isExecutable: boolean;
  readonly port?: number;
  /** Why it cannot be read. */
  readonly wrong?: string;
  readonly warnings: readonly string[];
}

/** A name in `services-enabled`. */
export interface AuditedLink {
  readonly path: string;
  readonly kind: "link" | "broken" | "other";
}

/** What there is to audit. */
export interface AuditFacts {
  readonly folders: readonly { readonly path: string; readonly isThere: boolean }[];
  readonly definitions: readonly AuditedDefinition[];
  readonly links: readonly AuditedLink[];
}

/** Where definitions are, and the links to those that are enabled. */
function definitionFolders(folder: string): readonly [available: string, enabled: string] {
  return [join(folder, "services-available"), join(folder, "services-enabled")];
}

/** Makes the folders of definitions, private. @returns them */
export function makeDefinitionFolders(folder: string): readonly string[] {
  const fs = nodeFileSystem();
  const folders = definitionFolders(folder);
  for (const path of folders) makeFolders(fs, path, { durable: true });
  return folders;
}

/** Looks at the definitions of a service manager. */
export function lookAtDefinitions(
  folder: string,
  variables: Readonly<Record<string, string>>,
): AuditFacts {
  const [available, enabled] = definitionFolders(folder);
  return {
    folders: [available, enabled].map((path) => ({
      path,
      isThere: statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
    })),
    definitions: namesIn(available)
      .filter((name) => name.endsWith(".tsm"))
      .map((name) => definitionAt(join(available, name), variables)),
    links: lookAtLinks(enabled),
  };
}

function lookAtLinks(enabled: string): readonly AuditedLink[] {
  return namesIn(enabled)
    .filter((name) => name.endsWith(".tsm"))
    .map((name) => linkAt(join(enabled, name)));
}

/** What is enabled, and will not start with the machine all the same. */
export function idleLinks(folder: string): readonly AuditIssue[] {
  const [, enabled] = definitionFolders(folder);
  return lookAtLinks(enabled).flatMap(linkIssues);
}

function definitionAt(
  path: string,
  variables: Readonly<Record<string, string>>,
): AuditedDefinition {
  const name = path.slice(path.lastIndexOf("/") + 1, -".tsm".length);
  const known = { path, name, isExecutable: isExecutable(path) };
  try {
    const { keys, warnings } = parseTsmFile(readFileSync(path, "utf8"), { file: path, variables });
    return { ...known, ...(keys.port === undefined ? {} : { port: keys.port }), warnings };
  } catch (error) {
    if (isTetraError(error) || isSystemError(error)) {
      return { ...known, wrong: error.message, warnings: [] };
    }
    throw error;
  }
}

function linkAt(path: string): AuditedLink {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) {
    return { path, kind: "other" };
  }
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  return { path, kind: isThere ? "link" : "broken" };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // whatever the reason
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if (isSystemError(error) && ["ENOENT", "ENOTDIR"].includes(error.code)) return [];
    throw error;
  }
}

/** Judges them: folders, fields, executable bits, links, ports that two declare or that none should. */
export function auditIssues({ folders, definitions, links }: AuditFacts): readonly AuditIssue[] {
  return [
    ...folders
      .filter(({ isThere }) => !isThere)
      .map(({ path }) => ({ path, what: "the folder is not there", fix: "tsm audit init" })),
    ...definitions.flatMap(definitionIssues),
    ...links.flatMap(linkIssues),
    ...sharedPorts(definitions),
  ];
}

function definitionIssues({
  path,
  isExecutable: canRun,
  port,
  wrong,
  warnings,
}: AuditedDefinition): readonly AuditIssue[] {
  return [
    ...(wrong === undefined ? [] : [{ path, what: wrong, fix: "correct the file" }]),
    ...warnings.map((what) => ({ path, what, fix: "correct the file" })),
    ...(canRun ? [] : [{ path, what: "is not executable", fix: `chmod +x ${path}` }]),
    ...(port !== undefined && IGNORED_PORTS.includes(port)
      ? [{ path, what: `port ${port} belongs to the system`, fix: "use another port" }]
      : []),
  ];
}

function linkIssues({ path, kind }: AuditedLink): readonly AuditIssue[] {
  switch (kind) {
    case "link":
      return [];
    case "broken":
      return [{ path, what: "the link points to nothing", fix: `remove it: rm ${path}` }];
    case "other":
      return [{ path, what: "is no link", fix: "move it to services-available, and enable it" }];
  }
}

function sharedPorts(definitions: readonly AuditedDefinition[]): readonly AuditIssue[] {
  return definitions.flatMap(({ path, port }, at): readonly AuditIssue[] => {
    const first = definitions.find((one) => port !== undefined && one.port === port);
    if (first === undefined || definitions.indexOf(first) === at) return [];
    return [
      { path, what: `port ${port} is declared by ${first.name} too`, fix: "use another port" },
    ];
  });
}
