import { readFileSync } from "node:fs";
import type { ProcessLook } from "./turn.ts";

/** What a process is now, proc(5). */
export function lookAtProcess(pid: number): ProcessLook {
  const line = readProc(pid, "stat");
  // the state stands behind the name, which may hold anything
  const state = line.charAt(line.lastIndexOf(")") + 2);
  if (state === "" || "ZXx".includes(state)) return "dead";
  return "Tt".includes(state) ? "stopped" : "running";
}

/** The mask of a process for the files it makes; the strictest when it is not to be had. */
export function umaskOf(pid: number): number {
  const mask = /^Umask:\s*([0-7]+)$/m.exec(readProc(pid, "status"))?.[1];
  return mask === undefined ? 0o077 : Number.parseInt(mask, 8);
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return ""; // it has ended
  }
}
