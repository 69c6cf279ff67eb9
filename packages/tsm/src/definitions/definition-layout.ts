import { dirname, join, relative } from "node:path/posix";

/** The organisation of what is defined outside of any. */
export const DEFAULT_ORG = "tetra";

/** Where a definition and the link that enables it are. */
export interface DefinitionPaths {
  readonly file: string;
  readonly link: string;
  /** What the link says: relative, so that a moved `$TETRA_DIR` keeps what is enabled. */
  readonly target: string;
}

/** The folder with the definitions of an organisation, or of none. */
export function availableFolder(tetraDir: string, org: string | undefined): string {
  const owner = org === undefined ? tetraDir : join(tetraDir, "orgs", org);
  return join(owner, "tsm/services-available");
}

/** The folder with the links to what is enabled, of all organisations. */
export function enabledFolder(tetraDir: string): string {
  return join(tetraDir, "tsm/services-enabled");
}

/** The paths of one definition. */
export function definitionPaths(
  tetraDir: string,
  { org, name }: { readonly org?: string | undefined; readonly name: string },
): DefinitionPaths {
  const file = join(availableFolder(tetraDir, org), `${name}.tsm`);
  const linkName = org === undefined ? `${name}.tsm` : `${org}-${name}.tsm`;
  const link = join(enabledFolder(tetraDir), linkName);
  return { file, link, target: relative(dirname(link), file) };
}
