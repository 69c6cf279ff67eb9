import { spawn } from "node:child_process";

/** What a program that was run came to. */
export interface ProgramResult {
  /** 127: there is no such program. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with an argument vector. The port to `nginx`, `systemctl` and the like. */
export type ProgramRunner = (
  program: string,
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
) => Promise<ProgramResult>;

const NOT_FOUND = 127;
/** None of these programs takes long; one that hangs must not take a command along. */
const LONGEST_MS = 30_000;

/** Runs programs of this machine. A bare name is looked for where administrators' programs are, too. */
export function systemPrograms(
  environment: Readonly<Record<string, string | undefined>>,
): ProgramRunner {
  const path = [environment["PATH"] ?? "/usr/bin:/bin", "/usr/local/sbin:/usr/sbin:/sbin"].join(
    ":",
  );
  return (program, args, more = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        env: { ...environment, ...more, PATH: path, LC_ALL: "C" },
        stdio: ["ignore", "pipe", "pipe"],
        timeout: LONGEST_MS,
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      child.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") resolve({ status: NOT_FOUND, stdout: "", stderr: "" });
        else reject(error);
      });
      child.on("close", (status, signal) => {
        const ended = signal === null ? stderr : `${stderr}${program}: ended by ${signal}\n`;
        resolve({ status: status ?? 1, stdout, stderr: ended });
      });
    });
}

/** Whether the result says that there is no such program. */
export function isMissing(result: ProgramResult): boolean {
  return result.status === NOT_FOUND && result.stderr === "" && result.stdout === "";
}
