// What is looked up in /proc and in files that may be gone the next moment.

import { readFileSync } from "node:fs";

/** The child of a process that has exactly this command line. */
export function childOf(pid, wanted) {
  const children = readText(`/proc/${pid}/task/${pid}/children`).trim().split(" ").map(Number);
  return children.find((child) => commandLine(child) === wanted);
}

/** The arguments of a process, each followed by NUL; `""`: it is no more. */
export function commandLine(pid) {
  return readText(`/proc/${pid}/cmdline`);
}

/** The text of a file; `""`: there is none. */
export function readText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The same as JSON; `undefined`: it is none. */
export function readJson(path) {
  try {
    return JSON.parse(readText(path));
  } catch {
    return undefined;
  }
}

/** Signals a process. @returns whether there was one */
export function kill(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
