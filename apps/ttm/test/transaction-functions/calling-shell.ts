import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ShellAnswer } from "../../src/shell/shell-call.ts";
import {
  closeTransactionStores,
  transactionFunctions,
} from "../../src/shell/transaction-functions/index.ts";

/** What a function answered: the parts that a test names are compared. */
export interface Expected {
  readonly status?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** A shell of one test's own, whose functions are called directly. */
export interface CallingShell {
  /** TETRA_DIR. */
  readonly root: string;
  /** The folder of transactions. */
  readonly transactions: string;
  /** The shell's folder, apart from the data. */
  readonly cwd: string;
  /** Calls a function with the shell's environment, and what is given beside it. */
  readonly call: (line: readonly string[], env?: Environment) => Promise<ShellAnswer>;
  /** The same; fails the test unless it succeeds. @returns standard output, without its last newline. */
  readonly ok: (...line: readonly string[]) => Promise<string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Makes a shell, and removes what it leaves when the test has ended. */
export function callingShell(): CallingShell {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "ttm functions ")));
  onTestFinished(async () => {
    await closeTransactionStores();
    rmSync(home, { recursive: true, force: true });
  });
  const root = join(home, "data");
  const PATH = process.env["PATH"];

  async function call(line: readonly string[], env: Environment = {}): Promise<ShellAnswer> {
    const [name = "", ...args] = line;
    const own = transactionFunctions[name];
    if (own === undefined) throw new Error(`no function ${name}`);
    const variables = Object.entries({ TETRA_DIR: root, PATH, TZ: "UTC", ...env });
    const said = variables.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
    return own({ name, args, cwd: home, umask: 0o22, env: Object.fromEntries(said) });
  }

  return {
    root,
    transactions: join(root, "ttm/txns"),
    cwd: home,
    call,
    async ok(...line) {
      const { status, stdout, stderr } = await call(line);
      if (status !== 0) throw new Error(`${line.join(" ")}: ${status}\n${stderr}`);
      return stdout.replace(/\n$/, "");
    },
  };
}
