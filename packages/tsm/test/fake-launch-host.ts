import type { LaunchHost } from "../src/launch/launch-host.ts";

/** A machine that has only what a test says. */
export interface FakeMachine {
  /** Texts by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Files that may be executed, whether or not they have a text. */
  readonly programs?: readonly string[];
  readonly services?: readonly string[];
  readonly system?: "linux" | "macos";
  readonly nowMs?: number;
}

/** A host for planning with `$TETRA_DIR` at `/tetra`. */
export function fakeLaunchHost(machine: FakeMachine = {}): LaunchHost {
  const { files = {}, programs = [], services = [], system = "linux", nowMs = 0 } = machine;
  const paths = new Set([...Object.keys(files), ...programs]);
  return {
    tetraDir: "/tetra",
    system,
    isFile: (path) => paths.has(path),
    isExecutable: (path) => programs.includes(path),
    readText: (path) => files[path],
    names: (folder) => [
      ...new Set(
        [...paths]
          .filter((path) => path.startsWith(`${folder}/`))
          .map((path) =>
            path
              .slice(folder.length + 1)
              .split("/", 1)
              .join(""),
          ),
      ),
    ],
    nowMs: () => nowMs,
    serviceNames: () => services,
  };
}

/** What the request of every test has. */
export const BASE = { cwd: "/srv/backend", environment: { PATH: "/usr/bin", HOME: "/home/u" } };
