import { TetraError } from "@tetra/errors";
import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ResolveErrorCode } from "../errors.ts";

/** Where to look for files that describe endpoints. */
export interface Places {
  /** `$TETRA_DIR` */
  readonly tetraDir?: string;
  /** `topology.json` of the transaction manager, `$TTM_DIR/topology.json`. */
  readonly topologyFile?: string;
  /** `$TETRA_ORG`: which organisation counts. */
  readonly org?: string;
  /** The user's home: `~/.ssh/config` is read there. */
  readonly home?: string;
}

/** A file that describes endpoints; whether it exists is not known. */
export interface SourceFile {
  readonly format: "topology.json" | "tetra.toml" | "ssh config";
  readonly file: string;
}

/**
 * The files that describe endpoints, the strongest first.
 * @throws TetraError `AMBIGUOUS_ORG` when there are several organisations and nothing says which;
 *   `INVALID_CONFIG` when the one that is named has no file.
 */
export function findSourceFiles({ tetraDir, topologyFile, org, home }: Places): SourceFile[] {
  const tomls = tetraDir === undefined ? [] : tomlFiles(tetraDir, org);
  return [
    ...(topologyFile === undefined
      ? []
      : [{ format: "topology.json", file: topologyFile } as const]),
    ...tomls.map((file) => ({ format: "tetra.toml", file }) as const),
    ...(home === undefined
      ? []
      : [{ format: "ssh config", file: join(home, ".ssh", "config") } as const]),
  ];
}

function tomlFiles(tetraDir: string, org: string | undefined): readonly string[] {
  const orgs = join(tetraDir, "orgs");
  const common = join(tetraDir, "config", "tetra.toml");
  if (org !== undefined && org !== "") return [...namedOrgFiles(orgs, org), common];
  const names = entriesOf(orgs)
    .filter((entry) => entry.isDirectory() && orgFiles(orgs, entry.name).length > 0)
    .map(({ name }) => name)
    .toSorted();
  if (names.length > 1) {
    throw new TetraError<ResolveErrorCode>(
      "AMBIGUOUS_ORG",
      `${orgs} has several organisations: ${names.join(", ")}`,
      { hint: "say which: set TETRA_ORG", details: { orgs: names } },
    );
  }
  return [...names.flatMap((name) => orgFiles(orgs, name)), common];
}

function namedOrgFiles(orgs: string, org: string): readonly string[] {
  const files = /^\w[\w.-]*$/u.test(org) ? orgFiles(orgs, org) : [];
  if (files.length > 0) return files;
  throw new TetraError<ResolveErrorCode>(
    "INVALID_CONFIG",
    `no organisation ${JSON.stringify(org)}: ${orgs} has no file for it`,
    { hint: "correct TETRA_ORG", details: { org } },
  );
}

/** `orgs/acme/acme.toml`, and `orgs/acme/tetra.toml` of a later layout. */
function orgFiles(orgs: string, org: string): readonly string[] {
  const present = new Set(entriesOf(join(orgs, org)).map(({ name }) => name));
  return [`${org}.toml`, "tetra.toml"]
    .filter((name) => present.has(name))
    .map((name) => join(orgs, org, name));
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // no such folder, or not ours to read: there is nothing to find in it
  }
}
