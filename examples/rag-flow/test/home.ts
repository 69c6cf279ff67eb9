import { execFile, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";

export const TIMEOUT_MS = 60_000;
export const EXAMPLE = join(import.meta.dirname, "..");
const PROGRAMS = join(EXAMPLE, "../../bin");
const FILES = ["flow.sh", "model.js", "seen.js", "package.json", "answers", "project"];

const has = (name: string): boolean => spawnSync(name, ["--version"]).error === undefined;
export const hasJq = has("jq");
export const BASH = { name: "bash", shell: "bash", there: true } as const;
export const ZSH = { name: "zsh (needs zsh)", shell: "zsh", there: has("zsh") } as const;

interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home with the example in it. */
export interface Home {
  readonly folder: string;
  /** Where the copy of the project is, once it is made. */
  readonly project: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs in the project; before it is there, in the example. */
  readonly run: (
    line: readonly string[],
    more?: Readonly<Record<string, string>>,
  ) => Promise<Finished>;
}

/** Makes one; whoever calls removes its folder. */
export function home(): Home {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "example rag flow ")));
  const example = join(folder, "example");
  for (const name of FILES) {
    cpSync(join(EXAMPLE, name), join(example, name), { recursive: true });
  }
  symlinkSync(join(EXAMPLE, "node_modules"), join(example, "node_modules"));
  const project = join(folder, "catalogue");
  const env = {
    PATH: `${PROGRAMS}:${process.env["PATH"] ?? ""}`,
    HOME: folder,
    TETRA_DIR: join(folder, ".tetra"),
    TETRA_SRC: join(folder, "tetra"),
    NO_COLOR: "1",
  };
  return {
    folder,
    project,
    env,
    run: ([program = "", ...args], more = {}) =>
      new Promise((resolve) => {
        const cwd = existsSync(project) ? project : example;
        const options = { cwd, env: { ...env, ...more } };
        const child = execFile(program, args, options, (_error, stdout, stderr) =>
          resolve({ status: child.exitCode ?? -1, stdout, stderr }),
        );
      }),
  };
}

/** The same with the project, and a link where the original was. */
export function linkedHome(): Home {
  const made = home();
  cpSync(join(EXAMPLE, "project"), made.project, { recursive: true });
  const place = join(made.folder, "tetra/bash/rag/core/flow_manager_ttm.sh");
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(join(EXAMPLE, "../../apps/ttm/dist/shell/flow_manager_ttm.sh"), place);
  return made;
}

/** What can be compared of a file or folder. */
interface FoundFile {
  readonly mode: number;
  /** Of the last change; that of a folder is nobody's promise. */
  readonly mtimeNs?: bigint;
  readonly content: string;
}

/** Everything in a project but Tetra's own. */
export function filesIn(project: string): Readonly<Record<string, FoundFile>> {
  const names = readdirSync(project, { recursive: true, encoding: "utf8" }).filter(
    (name) => name !== "rag" && !name.startsWith("rag/"),
  );
  return Object.fromEntries(names.map((name) => [name, fileAt(join(project, name))]));
}

function fileAt(path: string): FoundFile {
  const stat = lstatSync(path, { bigint: true });
  const mode = Number(stat.mode);
  if (stat.isDirectory()) return { mode, content: "" };
  return { mode, mtimeNs: stat.mtimeNs, content: textOf(path) };
}

export function contentsIn(project: string): Readonly<Record<string, string>> {
  const files = Object.entries(filesIn(project));
  return Object.fromEntries(files.map(([name, { content }]) => [name, content]));
}

export function textOf(...path: readonly string[]): string {
  return readFileSync(join(...path), "utf8");
}

/** A flow's state and log, and where it is. */
export interface FoundFlow {
  readonly folder: string;
  readonly state: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly event: string; readonly [key: string]: unknown }[];
}

/** The only flow in a folder of flows; what answers were applied by does not count. */
export function flowIn(flows: string): FoundFlow {
  const found = readdirSync(flows).filter((one) => one.startsWith("the-last-page"));
  const [name] = found;
  if (name === undefined || found.length > 1) throw new Error("not one flow");
  const folder = join(flows, name);
  const lines = textOf(folder, "events.ndjson").trimEnd().split("\n");
  return {
    folder,
    state: JSON.parse(textOf(folder, "state.json")),
    events: lines.map((line) => JSON.parse(line)),
  };
}
