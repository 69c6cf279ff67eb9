import { basename, join, resolve } from "node:path/posix";
import { TetraError } from "@tetra/errors";
import type { ServiceEnvironment } from "../files/store.ts";
import type { LaunchErrorCode } from "./errors.ts";
import type { LaunchHost } from "./launch-host.ts";
import { interpreterType, type ProcessType, scriptType } from "./process-type.ts";

/** A vector with its interpreter put in. */
export interface Interpreted {
  readonly words: readonly string[];
  /** The program that runs it; `""` for plain commands. */
  readonly interpreter: string;
}

/** A vector, and where it will run. */
export interface ToInterpret {
  readonly words: readonly string[];
  /** Absolute. */
  readonly folder: string;
  readonly environment: ServiceEnvironment;
}

/**
 * Puts in the interpreter: in place of its bare name, or before a script. An interpreter that was named
 * by path or version stays, and so does a script that says itself which program it wants.
 * @throws TetraError `SCRIPT_NOT_FOUND`
 */
export function resolveInterpreter(host: LaunchHost, given: ToInterpret): Interpreted {
  const { words, folder, environment } = given;
  const [program = "", ...others] = words;
  const named = interpreterType(program);
  if (named !== undefined) {
    const isBare = program === named || program === "python3";
    const interpreter = isBare ? findInterpreter(host, named, environment) : program;
    return { words: [interpreter, ...others], interpreter };
  }
  const type = scriptType(program);
  if (type === undefined) return { words, interpreter: "" };

  const path = resolve(folder, program);
  if (!host.isFile(path)) {
    if (!program.includes("/") && onPath(host, program, environment) !== undefined) {
      return { words, interpreter: "" };
    }
    throw scriptNotFound(program, "look at its path");
  }
  const isExecutable = host.isExecutable(path);
  if (type === "bash" && !isExecutable) throw scriptNotFound(program, `chmod +x ${program}`);
  if (isExecutable && wantsAnother(host.readText(path) ?? "", type)) {
    return {
      words: [program.includes("/") ? program : `./${program}`, ...others],
      interpreter: "",
    };
  }
  const interpreter = findInterpreter(host, type, environment);
  return { words: [interpreter, ...(type === "go" ? ["run"] : []), ...words], interpreter };
}

/** The refusal of a script that is not there, or may not be executed. */
export function scriptNotFound(script: string, hint: string): TetraError<LaunchErrorCode> {
  return new TetraError("SCRIPT_NOT_FOUND", `'${script}' not found or not executable`, {
    hint,
    details: { script },
  });
}

/** Whether the first line names a program that is not the usual one of the type. */
function wantsAnother(text: string, type: ProcessType): boolean {
  const [, line] = /^#![ \t]*([^\n]*)/.exec(text) ?? [];
  if (line === undefined) return false;
  const [program = "", argument] = line.trim().split(/\s+/);
  const name = basename(program) === "env" ? (argument ?? "") : program;
  const isUsual = interpreterType(name) === type || (type === "bash" && basename(name) === "sh");
  return !isUsual || !/^(\/usr(\/local)?)?(\/bin)?\/[^/]+$|^[^/]+$/.test(name);
}

function findInterpreter(
  host: LaunchHost,
  type: ProcessType,
  environment: ServiceEnvironment,
): string {
  const own = [...ownInterpreters(host, type, environment)];
  const names = type === "python" ? ["python3", "python"] : [type];
  const found = own.find((path) => host.isExecutable(path));
  if (found !== undefined) return found;
  return names.map((name) => onPath(host, name, environment)).find(Boolean) ?? names[0] ?? type;
}

/** Where an interpreter is looked for before the `PATH`. */
function ownInterpreters(
  host: LaunchHost,
  type: ProcessType,
  environment: ServiceEnvironment,
): readonly string[] {
  const { tetraDir, system } = host;
  switch (type) {
    case "python":
      return ["python", "python3"].map((name) => join(tetraDir, "pyenv/shims", name));
    case "node": {
      const bin = nvmBin(host, nvmFolder(host, environment));
      return bin === undefined ? [] : [join(bin, "node")];
    }
    case "bash": {
      const usual = ["/usr/bin/bash", "/bin/bash"];
      return system === "macos"
        ? ["/opt/homebrew/bin/bash", "/usr/local/bin/bash", ...usual]
        : usual;
    }
    case "lua":
    case "go":
      return [join(tetraDir, type, "bin", type)];
    case "command":
      return [];
  }
}

function onPath(
  host: LaunchHost,
  name: string,
  environment: ServiceEnvironment,
): string | undefined {
  const folders = (environment["PATH"] ?? "").split(":").filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find((path) => host.isExecutable(path));
}

/** Where nvm is: below `$TETRA_DIR`, or where `TETRA_NVM` says. */
export function nvmFolder({ tetraDir }: LaunchHost, environment: ServiceEnvironment): string {
  return environment["TETRA_NVM"] ?? join(tetraDir, "nvm");
}

/** The programs of nvm's current node: what `current` or the alias `default` says. */
export function nvmBin(host: LaunchHost, nvm: string): string | undefined {
  const current = join(nvm, "current/bin");
  if (host.isExecutable(join(current, "node"))) return current;
  const wanted = host.readText(join(nvm, "alias/default"))?.trim().replace(/^v/, "");
  if (wanted === undefined) return undefined;
  const versions = host
    .names(join(nvm, "versions/node"))
    .filter(
      (name) => !/^[0-9]/.test(wanted) || `${name.replace(/^v/, "")}.`.startsWith(`${wanted}.`),
    )
    .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const newest = versions.at(-1);
  return newest === undefined ? undefined : join(nvm, "versions/node", newest, "bin");
}
