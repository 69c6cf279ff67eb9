import { spawn } from "node:child_process";
import { once } from "node:events";
import { TetraError } from "@tetra/errors";
import type { LogsErrorCode } from "./errors.ts";

/** Takes the beginning of a file away while others append to it: something that Node cannot. */
export interface RangeCutter {
  /** Removes the first bytes, whole blocks; what follows moves to the front. */
  collapse(cut: RangeCut): Promise<CutAnswer>;
  /** Frees the disk space of the first bytes; they read as zeros, and everything stays in its place. */
  punch(cut: RangeCut): Promise<CutAnswer>;
}

/** What to cut. */
export interface RangeCut {
  /** The file, open for writing. */
  readonly fd: number;
  readonly length: number;
  /** A descriptor whose lock must be held until the cut is made, even if this process dies meanwhile. */
  readonly lock: number;
}

/** `unsupported`: neither now nor later on this file system, or without the program. */
export type CutAnswer = "done" | "unsupported";

const UNSUPPORTED = /not supported|unsupported|invalid argument|(unrecognized|invalid) option/i;

/**
 * Cuts with util-linux's `fallocate`. Linux only.
 * Throws `ROTATION_FAILED` when it fails for a reason that may pass.
 */
export function fallocateCutter(platform: NodeJS.Platform, program = "fallocate"): RangeCutter {
  async function run(how: string, { fd, length, lock }: RangeCut): Promise<CutAnswer> {
    if (platform !== "linux") return "unsupported";
    // by its descriptor, which is this file whatever has its name by now
    const args = [how, "--offset", "0", "--length", String(length), "/proc/self/fd/3"];
    const child = spawn(program, args, {
      stdio: ["ignore", "ignore", "pipe", fd, lock],
      env: { PATH: process.env["PATH"], LC_ALL: "C" },
    });
    const words: Buffer[] = [];
    child.stderr?.on("data", (bytes: Buffer) => words.push(bytes));
    const status = await once(child, "close").then(
      ([code]: unknown[]) => code,
      () => undefined, // no such program
    );
    if (status === undefined) return "unsupported";
    const said = Buffer.concat(words).toString().trim();
    if (status === 0) return "done";
    if (UNSUPPORTED.test(said)) return "unsupported";
    throw new TetraError<LogsErrorCode>(
      "ROTATION_FAILED",
      `${program} ${how}: ${said === "" ? "was ended" : said}`,
      {
        hint: "see what the disk is up to; it is tried again",
      },
    );
  }
  return {
    collapse: (cut) => run("--collapse-range", cut),
    punch: (cut) => run("--punch-hole", cut),
  };
}
