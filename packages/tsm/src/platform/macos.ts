import { spawnSync } from "node:child_process";
import { TetraError } from "@tetra/errors";
import type { TsmErrorCode } from "../errors.ts";
import { parseLsofListeners, parseLsofPids } from "./lsof-output.ts";
import type { Platform } from "./platform.ts";
import { parsePs, PS_COLUMNS, type PsLine } from "./ps-output.ts";
import { sendSignal } from "./send-signal.ts";

/** Runs a program and returns what it printed, whatever its exit status; `""` if there is none such. */
export type RunProgram = (program: string, args: readonly string[]) => string;

const MOST_OUTPUT = 64 * 1024 * 1024;

/**
 * macOS, over `ps`, `lsof` and `sysctl`. Start times are to a second, so a pid that is used again within
 * the second in which its first owner started is not told apart; environments of programs that the
 * system protects cannot be read, so such a process that left its session and parent is not found.
 * @throws TetraError `UNSUPPORTED_PLATFORM` when the boot's id cannot be read.
 */
export function macosPlatform(run: RunProgram = runProgram): Platform {
  const bootId = run("sysctl", ["-n", "kern.bootsessionuuid"]).trim();
  if (bootId === "") {
    throw new TetraError<TsmErrorCode>("UNSUPPORTED_PLATFORM", "sysctl does not tell the boot", {
      hint: "see whether /usr/sbin is on the PATH",
    });
  }

  const one = (pid: number): PsLine | undefined =>
    parsePs(run("ps", ["-o", PS_COLUMNS, "-p", String(pid)]))[0];

  return {
    bootId: () => bootId,
    processes: () => parsePs(run("ps", ["-axo", PS_COLUMNS])),
    process: one,
    children: () => undefined,
    isOlder: (process, than) => Date.parse(process.start) < Date.parse(than.start),
    isBusy(pid) {
      const state = one(pid)?.state;
      return state === "running" || state === "blocked";
    },
    environmentValue({ pid }, name) {
      // with -E the environment follows the arguments, with nothing in between that tells them apart
      const text = ` ${run("ps", ["-E", "-ww", "-o", "command=", "-p", String(pid)]).trim()} `;
      const at = text.lastIndexOf(` ${name}=`);
      if (at === -1) return undefined;
      const from = at + name.length + 2;
      return text.slice(from, text.indexOf(" ", from));
    },
    command: (pid) => run("ps", ["-ww", "-o", "command=", "-p", String(pid)]).trim() || undefined,
    usage: ({ pid }) => one(pid),
    listeners: (port) =>
      port === undefined
        ? parseLsofListeners(run("lsof", ["-nP", "-iTCP", "-sTCP:LISTEN", "-Fpn"]))
        : parseLsofPids(run("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fp"])).map(
            (pid) => ({ port, pid }),
          ),
    listensOn: (port, pids) => {
      const args = ["-nP", "-a", "-p", pids.join(","), `-iTCP:${port}`, "-sTCP:LISTEN", "-Fp"];
      return pids.length > 0 && parseLsofPids(run("lsof", args)).length > 0;
    },
    startedAtMs: ({ start }) => Date.parse(start),
    stampAtMs: (up) => up * 1000,
    signal: sendSignal,
  };
}

function runProgram(program: string, args: readonly string[]): string {
  const env = { ...process.env, LC_ALL: "C" };
  const { stdout } = spawnSync(program, args, { encoding: "utf8", env, maxBuffer: MOST_OUTPUT });
  // `null`, whatever the types say, when there is no such program
  return typeof stdout === "string" ? stdout : "";
}
