import { resolve } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import type { ServiceEnvironment } from "../files/store.ts";
import { isExecutable } from "../run/is-executable.ts";

/** What runs, and where. */
export interface CommandPlace {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: ServiceEnvironment;
}

/**
 * The vector with the program as an absolute path, found as a start would: systemd looks on no `PATH`.
 * @throws TetraError `COMMAND_NOT_FOUND`
 */
export function absoluteCommand({ argv, cwd, environment }: CommandPlace): readonly string[] {
  const [program = "", ...rest] = argv;
  const candidates = program.includes("/")
    ? [resolve(cwd, program)]
    : (environment["PATH"] ?? "").split(":").map((folder) => resolve(cwd, folder, program));
  const found = candidates.find(isExecutable);
  if (found !== undefined) return [found, ...rest];
  throw new TetraError<TsmErrorCode>(
    "COMMAND_NOT_FOUND",
    `${program}: not found or not executable`,
    {
      hint: "look at the path, its mode, and the service's PATH",
      details: { program },
    },
  );
}
