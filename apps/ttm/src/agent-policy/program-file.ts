import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { basename, isAbsolute, resolve } from "node:path";

/** Where a program is looked for. */
export interface ProgramSearch {
  /** `PATH` as the program's own process has it. */
  readonly path: string | undefined;
  /** The folder that the program is started in. */
  readonly cwd: string;
}

/** The file that would be executed. */
export interface ProgramFile {
  /** Its name as it was found: what many programs tell what to do by. */
  readonly name: string;
  /** Where it was found, absolute. */
  readonly path: string;
  /** Where it really is, symbolic links resolved. */
  readonly real: string;
  /** Which file it is, whatever links lead to it. */
  readonly identity: string;
}

/** What the C library takes where PATH is not set. */
const STANDARD_PATH = "/bin:/usr/bin";

/** Finds what execvp(3) would execute; `undefined`: nothing. */
export function programFile(command: string, search: ProgramSearch): ProgramFile | undefined {
  if (command === "" || command.includes("\0")) return undefined;
  const folders = command.includes("/") ? [""] : (search.path ?? STANDARD_PATH).split(":");
  for (const folder of folders) {
    const found = executable(resolve(search.cwd, folder, command));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The program that a policy names: nothing that a relative folder in PATH would bring in between. */
export function namedProgram(name: string, { path }: ProgramSearch): ProgramFile | undefined {
  const folders = (path ?? STANDARD_PATH).split(":").filter(isAbsolute);
  return programFile(name, { path: folders.join(":"), cwd: "/" });
}

/** The names that tell what a program does: as it is called, and as it really is. */
export function namesOf(file: ProgramFile): readonly string[] {
  return isMany(file) ? [file.name] : [file.name, basename(file.real)];
}

/** Whether both are one program, so that what is allowed to the one may be done with the other. */
export function isSameProgram(wanted: ProgramFile, given: ProgramFile): boolean {
  if (wanted.identity !== given.identity) return false;
  return given.name === wanted.name || (given.name === basename(wanted.real) && !isMany(wanted));
}

/** Whether one file is both, and neither may do what the other is for. */
export function isOtherOfMany(one: ProgramFile, other: ProgramFile): boolean {
  return isMany(one) && one.name !== other.name && ![one, other].some(isAsItself);
}

/** Files that are many programs, told apart by the name they are called by. */
const MANY: ReadonlySet<string> = new Set(["busybox", "toybox", "coreutils"]);

function isMany({ real }: ProgramFile): boolean {
  return MANY.has(basename(real));
}

function isAsItself({ name, real }: ProgramFile): boolean {
  return name === basename(real);
}

function executable(file: string): ProgramFile | undefined {
  try {
    accessSync(file, constants.X_OK);
    const { dev, ino, isFile } = lookAt(file);
    if (!isFile) return undefined;
    return {
      name: basename(file),
      path: file,
      real: realpathSync(file),
      identity: `${dev}:${ino}`,
    };
  } catch {
    return undefined; // not there, or not to be executed: the next folder may have one
  }
}

function lookAt(file: string): { dev: bigint; ino: bigint; isFile: boolean } {
  const stat = statSync(file, { bigint: true });
  return { dev: stat.dev, ino: stat.ino, isFile: stat.isFile() };
}
