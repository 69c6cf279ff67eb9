import { type Arguments, parseDuration, usageError } from "@tetra/cli-kit";
import type { StopOptions } from "@tetra/tsm";
import { constants } from "node:os";

/** Words, and whether the last one is the original's `force`. */
export interface Forced {
  readonly words: readonly string[];
  readonly isForced: boolean;
}

/** Takes the original's last word `force` away. */
export function withoutForce(words: readonly string[]): Forced {
  const isForced = words.length > 1 && words.at(-1) === "force";
  return { words: isForced ? words.slice(0, -1) : words, isForced };
}

/** How to stop, of `--signal`, `--timeout` and `--force`. @throws TetraError `USAGE` */
export function stopOptions(args: Arguments, isForced = false): StopOptions {
  const signal = args.value("signal");
  const timeout = args.value("timeout");
  return {
    ...(signal === undefined ? {} : { signal: signalOf(signal) }),
    ...(timeout === undefined ? {} : { timeoutMs: timeoutOf(timeout) }),
    ...(isForced || args.has("force") ? { timeoutMs: 0 } : {}),
  };
}

function signalOf(text: string): NodeJS.Signals {
  const name = text.toUpperCase().replace(/^(?!SIG)/, "SIG");
  if (isSignal(name)) return name;
  throw usageError(`--signal: ${JSON.stringify(text)} is no signal`, "use a name such as SIGINT");
}

function isSignal(name: string): name is NodeJS.Signals {
  return Object.hasOwn(constants.signals, name);
}

function timeoutOf(text: string): number {
  // a bare number is seconds, as with timeout(1)
  const ms = parseDuration(/^\d+(\.\d+)?$/.test(text) ? `${text}s` : text);
  if (ms !== undefined) return Math.round(ms);
  throw usageError(`--timeout: ${JSON.stringify(text)} is no time`, "use 30s, 500ms or 2m");
}
