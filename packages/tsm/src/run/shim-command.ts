import type { ServiceEnvironment } from "../files/store.ts";
import type { RunAs } from "./run-as.ts";

/** A name that a POSIX shell hands on to what it runs. */
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What shells set, or obey, when they begin, whatever the name says. */
const SHELLS_OWN: ReadonlySet<string> = new Set(
  "BASHOPTS BASH_ENV ENV EUID IFS OPTIND POSIXLY_CORRECT PPID SHELLOPTS UID".split(" "),
);

/**
 * Runs the text in `$1` in the shell that then becomes the command. However it fails (a syntax error and
 * its own `exit` too), the run ends with status 75, and what it said is in descriptor 5.
 */
const PREHOOK = `trap 'exit 75' EXIT
{ command eval "$1"; } 2>&5 || exit 75
trap - EXIT
shift
exec 5>&-
exec "$@"
`;

/** The status of a run whose prehook failed. */
export const PREHOOK_FAILED = 75;

/** What is to be run in the end, and as whom. */
export interface Wanted {
  readonly argv: readonly string[];
  readonly environment: ServiceEnvironment;
  /** `""`: none. */
  readonly prehook: string;
  readonly runAs: RunAs;
}

/** What the shim is started with. */
export interface ShimCommand {
  readonly argv: readonly string[];
  readonly environment: ServiceEnvironment;
}

/**
 * What the shim runs so that the command gets all of the environment unchanged. Shells drop variables
 * whose names they could not have given, and some mean something to themselves: `env` sets those and
 * becomes the command. The user is changed before anything of the service's own is run.
 */
export function shimCommand({ argv, environment, prehook, runAs }: Wanted): ShimCommand {
  const all = Object.entries({ ...environment, ...runAs.environment });
  const isPlain = (name: string): boolean => SHELL_NAME.test(name) && !SHELLS_OWN.has(name);
  const hidden = all.filter(([name]) => !isPlain(name));
  const complete =
    hidden.length === 0
      ? argv
      : ["/usr/bin/env", ...hidden.map(([name, value]) => `${name}=${value}`), ...argv];
  const hooked =
    prehook === "" ? complete : ["/bin/sh", "-c", PREHOOK, "tsm-prehook", prehook, ...complete];
  return {
    argv: [...runAs.prefix, ...hooked],
    environment: Object.fromEntries(all.filter(([name]) => isPlain(name))),
  };
}
