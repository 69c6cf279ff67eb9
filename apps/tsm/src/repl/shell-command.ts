import { spawn } from "node:child_process";
import type { App } from "../app.ts";

/** What to run, and whether it may read what is typed. */
export interface ShellCommand {
  readonly argv: readonly [string, ...string[]];
  readonly env: App["env"];
  readonly isTyped: boolean;
}

/** Runs another program on the same terminal. @returns its exit status; 128 and more for a signal */
export function runShellCommand({ argv, env, isTyped }: ShellCommand): Promise<number> {
  const [file, ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      env: { ...env },
      // lines that are piped in are for the repl
      stdio: [isTyped ? "inherit" : "ignore", "inherit", "inherit"],
    });
    child.on("error", () => resolve(127));
    child.on("exit", (status, signal) => resolve(status ?? (signal === "SIGINT" ? 130 : 143)));
  });
}
