import { join } from "node:path/posix";
import { shellQuoted } from "../definitions/shell-words.ts";
import type { ServiceEnvironment } from "../files/store.ts";
import { nvmBin, nvmFolder } from "./interpreter.ts";
import type { LaunchHost } from "./launch-host.ts";
import type { ProcessType } from "./process-type.ts";

/** What a hook is chosen by. */
export interface HookClues {
  /** `--pre-hook`. */
  readonly option: string | undefined;
  /** What the definition says. */
  readonly definition: string | undefined;
  /** The name of the service without its port, for `hooks/<service>.sh`. */
  readonly service: string;
  readonly type: ProcessType;
  readonly environment: ServiceEnvironment;
}

/**
 * The shell text that is run before the command, in its process. The first that is there: what was asked
 * for, what the definition says, `$TETRA_DIR/tsm/hooks/<service>.sh`, `hooks/<type>.sh`, the activation
 * of pyenv or nvm below `$TETRA_DIR` by type. A word that is asked for is a function that bash has
 * exported, else the name of a hook file or of `pyenv` or `nvm`, else shell text.
 */
export function choosePrehook(host: LaunchHost, clues: HookClues): string | undefined {
  const { option, definition, service, type, environment } = clues;
  if (option !== undefined) return namedHook(host, option, environment);
  if (definition !== undefined) return namedHook(host, definition, environment);
  return fileHook(host, service) ?? fileHook(host, type) ?? activationOf(host, type, environment);
}

function namedHook(host: LaunchHost, hook: string, environment: ServiceEnvironment): string {
  const body = environment[`BASH_FUNC_${hook}%%`];
  if (body !== undefined && /^[A-Za-z_]\w*$/.test(hook)) return `${hook} ${body}\n${hook}`;
  const found = fileHook(host, hook) ?? ACTIVATIONS[hook]?.(host, environment);
  return found ?? hook;
}

/** Only a plain name is one of a file below the hooks. */
function fileHook(host: LaunchHost, name: string): string | undefined {
  if (!/^[\p{L}\p{N}_][\p{L}\p{N}_.@+-]*$/u.test(name)) return undefined;
  const path = join(host.tetraDir, "tsm/hooks", `${name}.sh`);
  return host.isFile(path) ? `. ${shellQuoted(path)}` : undefined;
}

type Activation = (host: LaunchHost, environment: ServiceEnvironment) => string | undefined;

const ACTIVATIONS: Readonly<Record<string, Activation>> = { pyenv, nvm };

function activationOf(
  host: LaunchHost,
  type: ProcessType,
  environment: ServiceEnvironment,
): string | undefined {
  if (type === "python") return pyenv(host);
  // somebody else's nvm is active already
  return type === "node" && environment["NVM_DIR"] === undefined
    ? nvm(host, environment)
    : undefined;
}

function pyenv(host: LaunchHost): string | undefined {
  const root = join(host.tetraDir, "pyenv");
  if (!host.isExecutable(join(root, "bin/pyenv"))) return undefined;
  return `PYENV_ROOT=${shellQuoted(root)}; PATH="$PYENV_ROOT/shims:$PYENV_ROOT/bin:$PATH"; export PYENV_ROOT PATH`;
}

/** Sourcing `nvm.sh` takes half a second; all it would do is this. */
function nvm(host: LaunchHost, environment: ServiceEnvironment): string | undefined {
  const folder = nvmFolder(host, environment);
  const bin = nvmBin(host, folder);
  if (bin === undefined) return undefined;
  return `NVM_DIR=${shellQuoted(folder)}; PATH=${shellQuoted(bin)}:"$PATH"; export NVM_DIR PATH`;
}
