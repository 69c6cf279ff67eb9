import { spawn } from "node:child_process";
import { TetraError } from "@tetra/errors";
import type { ParticipantErrorCode } from "../errors.ts";

/** A program of the system to be run. */
export interface ToolCall {
  readonly tool: "cp" | "sync" | "xargs";
  readonly args: readonly string[];
  readonly input?: Buffer;
  /**
   * A descriptor that holds our lock. The program shares it: when we are killed the lock stays held until the program
   * has ended too, so that nobody takes up what it still writes to.
   */
  readonly lockFd: number;
}

/**
 * Runs a program of the system to its end.
 * @throws TetraError `SNAPSHOT_FAILED` with what the program said.
 */
export async function runTool({ tool, args, input, lockFd }: ToolCall): Promise<void> {
  const complaint = await new Promise<string | undefined>((resolve) => {
    const child = spawn(tool, args, {
      stdio: ["pipe", "ignore", "pipe", lockFd],
      env: { PATH: process.env["PATH"], LC_ALL: "C" },
    });
    let said = "";
    child.on("error", (error) => resolve(error.message));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text.slice(0, 4000)));
    child.on("close", (status, signal) =>
      resolve(status === 0 ? undefined : said.trim() || `ended with ${signal ?? status}`),
    );
    // a program that ends early closes its input: its status says why
    child.stdin?.on("error", () => undefined).end(input);
  });
  if (complaint !== undefined) throw toolFailed(tool, complaint);
}

function toolFailed(tool: string, complaint: string): TetraError<ParticipantErrorCode> {
  const [line = complaint] = complaint.split("\n");
  const isFull = /No space left|quota exceeded/.test(complaint);
  return new TetraError("SNAPSHOT_FAILED", line.startsWith(tool) ? line : `${tool}: ${line}`, {
    hint: isFull ? "make room on this file system and try again" : "mend what the message names",
    details: { tool, complaint },
  });
}

/** Makes everything on the file system of `path` survive a power cut: one call, however many files. */
export async function flushFileSystem(path: string, lockFd: number): Promise<void> {
  await runTool({ tool: "sync", args: ["--file-system", path], lockFd });
}

/** Sets modification times to the nanosecond, which Node's `utimes` (a double) cannot. */
export async function setModified(
  times: readonly { readonly path: Buffer; readonly mtimeNs: bigint }[],
  lockFd: number,
): Promise<void> {
  if (times.length === 0) return;
  const input = times.map(({ path, mtimeNs }) =>
    Buffer.concat([Buffer.from(`@${seconds(mtimeNs)}\0`), path, Buffer.from("\0")]),
  );
  const args = ["--null", "--max-args=2", "touch", "--no-create", "--no-dereference", "--date"];
  await runTool({ tool: "xargs", args, input: Buffer.concat(input), lockFd });
}

function seconds(ns: bigint): string {
  const [sign, size] = ns < 0n ? ["-", -ns] : ["", ns];
  const fraction = (size % 1_000_000_000n).toString().padStart(9, "0");
  return `${sign}${size / 1_000_000_000n}.${fraction}`;
}
