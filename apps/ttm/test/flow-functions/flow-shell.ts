import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { flowFunctions } from "../../src/shell/flow-functions/index.ts";
import type { ShellAnswer } from "../../src/shell/shell-call.ts";
import { closeTransactionStores } from "../../src/shell/transaction-functions/index.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A shell of one test's own, in a project, whose functions are called directly. */
export interface FlowShell {
  /** The project: the shell's folder. */
  readonly project: string;
  /** The project's flows. */
  readonly flows: string;
  /** The flows of all projects. */
  readonly global: string;
  /** Calls a function with the shell's environment, and what is given beside it. */
  readonly call: (line: readonly string[], env?: Environment) => Promise<ShellAnswer>;
  /** The same; fails the test unless it succeeds. @returns standard output, without its last newline. */
  readonly ok: (...line: readonly string[]) => Promise<string>;
  /** Makes a flow. @returns its id. */
  readonly create: (description: string) => Promise<string>;
  /** Writes a file of the project. */
  readonly write: (name: string, content: string) => void;
  /** The text of a file below the folder of flows. */
  readonly read: (name: string) => string;
  /** Makes a link below the folder of flows. */
  readonly link: (target: string, name: string) => void;
}

const ORIGINAL = join(import.meta.dirname, "../fixtures/original/rag");

/** Makes a shell in a project, with what the original left there if that is wanted. */
export function flowShell({ original = false }: { readonly original?: boolean } = {}): FlowShell {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "flow functions ")));
  onTestFinished(async () => {
    await closeTransactionStores();
    rmSync(home, { recursive: true, force: true });
  });
  const project = join(home, "project");
  const flows = join(project, "rag/flows");
  mkdirSync(project);
  if (original) cpSync(ORIGINAL, join(project, "rag"), { recursive: true });

  async function call(line: readonly string[], env: Environment = {}): Promise<ShellAnswer> {
    const [name = "", ...args] = line;
    const own = flowFunctions[name];
    if (own === undefined) throw new Error(`no function ${name}`);
    const variables = Object.entries({
      HOME: home,
      TETRA_DIR: join(home, "data"),
      TTM_TXNS_DIR: flows,
      PATH: process.env["PATH"],
      TZ: "UTC",
      NO_COLOR: "1",
      ...env,
    });
    const said = variables.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
    return own({ name, args, cwd: project, umask: 0o22, env: Object.fromEntries(said) });
  }

  async function ok(...line: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await call(line);
    if (status !== 0) throw new Error(`${line.join(" ")}: ${status}\n${stderr}`);
    return stdout.replace(/\n$/, "");
  }

  return {
    project,
    flows,
    global: join(home, "data/rag/flows"),
    call,
    ok,
    create: async (description) => (await ok("flow_create", description)).split("\n").at(-1) ?? "",
    write(name, content) {
      mkdirSync(dirname(join(project, name)), { recursive: true });
      writeFileSync(join(project, name), content);
    },
    read: (name) => readFileSync(join(flows, name), "utf8"),
    link: (target, name) => symlinkSync(target, join(flows, name)),
  };
}
