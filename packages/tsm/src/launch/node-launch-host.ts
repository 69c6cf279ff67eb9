import { accessSync, constants, readdirSync, readFileSync, statSync } from "node:fs";
import type { Clock } from "../clock.ts";
import type { LaunchHost } from "./launch-host.ts";

/** What the machine does not know by itself. */
export interface NodeLaunchHostOptions {
  /** `$TETRA_DIR`; absolute. */
  readonly tetraDir: string;
  readonly clock: Pick<Clock, "now">;
  /** The services that there are, such as `services.names`. */
  readonly serviceNames: () => readonly string[];
}

/** This machine. */
export function nodeLaunchHost(options: NodeLaunchHostOptions): LaunchHost {
  const { tetraDir, clock, serviceNames } = options;
  const isFile = (path: string): boolean => orElse(() => statSync(path).isFile(), false);
  return {
    tetraDir,
    system: process.platform === "darwin" ? "macos" : "linux",
    isFile,
    isExecutable: (path) =>
      isFile(path) && orElse(() => (accessSync(path, constants.X_OK), true), false),
    readText: (path) => orElse(() => readFileSync(path, "utf8"), undefined),
    names: (folder) => orElse(() => readdirSync(folder), []),
    nowMs: () => clock.now(),
    serviceNames,
  };
}

/** Whatever the system's reason, or node's for a path with a NUL: what cannot be looked at is not there. */
function orElse<Value>(look: () => Value, otherwise: Value): Value {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && "code" in error) return otherwise;
    throw error;
  }
}
