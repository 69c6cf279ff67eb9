import { accessSync, constants, statSync } from "node:fs";
import { isAbsolute, join } from "node:path/posix";
import type { DoctorWorld } from "./doctor-world.ts";
import { type Finding, findingsOf, type Level } from "./finding.ts";

/** What is known of the environment. */
export interface EnvironmentFacts {
  /** `TETRA_DIR`, `TETRA_SRC`; and whether a folder is there. */
  readonly variables: readonly {
    readonly name: string;
    readonly value: string | undefined;
    readonly isFolder: boolean;
  }[];
  /** Such as `20.19.0`. */
  readonly nodeVersion: string;
  readonly programs: readonly { readonly program: Program; readonly path: string | undefined }[];
}

/** A program that something of ours runs. */
export interface Program {
  readonly name: string;
  readonly level: Level;
  readonly why: string;
}

const LINUX: readonly Program[] = [
  { name: "sh", level: "error", why: "every service is started through it" },
  {
    name: "fallocate",
    level: "warning",
    why: "without it (util-linux) rotating logs may lose lines of a busy writer",
  },
];
const MACOS: readonly Program[] = [
  { name: "sh", level: "error", why: "every service is started through it" },
  { name: "ps", level: "error", why: "processes are known by it" },
  { name: "lsof", level: "error", why: "ports and their holders are known by it" },
];
const ORIGINALS: readonly Program[] = ["jq", "lsof", "ps", "kill", "setsid"].map((name) => ({
  name,
  level: "note",
  why: "only scripts for the original tools may want it",
}));

/** Looks at variables and programs. */
export function lookAtEnvironment({
  environment,
}: Pick<DoctorWorld, "environment">): EnvironmentFacts {
  const needed = process.platform === "darwin" ? MACOS : LINUX;
  const others = ORIGINALS.filter(({ name }) => !needed.some((one) => one.name === name));
  const path = environment["PATH"] ?? "";
  return {
    variables: ["TETRA_DIR", "TETRA_SRC"].map((name) => {
      const value = environment[name];
      return { name, value, isFolder: value !== undefined && isFolder(value) };
    }),
    nodeVersion: process.versions.node,
    programs: [...needed, ...others].map((program) => ({
      program,
      path: executableOn(path, program.name),
    })),
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Where on a `PATH` a program is. */
export function executableOn(path: string, program: string): string | undefined {
  const candidates = path.split(":").map((folder) => join(folder, program));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return statSync(candidate).isFile();
    } catch {
      return false; // whatever the reason, it cannot be run
    }
  });
}

const LEAST_NODE = [20, 19] as const;

/** Judges them. */
export function environmentFindings(facts: EnvironmentFacts): readonly Finding[] {
  const found = findingsOf("environment");
  const [major = 0, minor = 0] = facts.nodeVersion.split(".").map(Number);
  const isOld = major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]);
  return [
    ...facts.variables.map(({ name, value, isFolder: isThere }): Finding => {
      const isData = name === "TETRA_DIR";
      if (value === undefined || value === "") {
        return isData
          ? found.error(name, "is not set", 'export TETRA_DIR="$HOME/.tetra"')
          : found.note(name, "is not set; only the original shell tools need it");
      }
      if (!isAbsolute(value)) {
        return found.warning(name, `is a relative path: ${value}`, "make it absolute");
      }
      if (isThere) return found.ok(name, value);
      return isData
        ? found.error(name, `there is no folder ${value}`, `mkdir -p ${JSON.stringify(value)}`)
        : found.warning(name, `there is no folder ${value}`, "correct it, or unset it");
    }),
    isOld
      ? found.error("node", `is ${facts.nodeVersion}`, "install Node 20.19 or later")
      : found.ok("node", facts.nodeVersion),
    ...facts.programs.map(({ program: { name, level, why }, path }): Finding => {
      if (path !== undefined) return found.ok(name, path);
      const what = `is not on the PATH: ${why}`;
      if (level === "note") return found.note(name, what);
      return level === "error"
        ? found.error(name, what, "install it, or correct the PATH")
        : found.warning(name, what, "install it");
    }),
  ];
}
