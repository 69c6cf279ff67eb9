import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod/mini";

/** What is written down of a step's command while it runs, so that whoever comes next can find it. */
export interface CommandNote {
  readonly step: string;
  readonly attempt: number;
  /** The idempotency key, which the command has in its environment. */
  readonly key: string;
  /** Its process, which leads a group of its own. */
  readonly pid: number;
  /** When the process was started, in the system's words. */
  readonly started: string;
  /** The start of the machine that the process belongs to. */
  readonly machine: string;
}

const shape: z.ZodMiniType<CommandNote> = z.object({
  step: z.string(),
  attempt: z.number(),
  key: z.string(),
  // a group is signalled by it: 0 and 1 would mean all of them
  pid: z.int().check(z.minimum(2)),
  started: z.string().check(z.minLength(1)),
  machine: z.string(),
});

const SUFFIX = ".process.json";

/** Where the note of a step's command is: beside what it prints. */
export function noteFile(
  artifacts: string,
  { step, isUndo }: { readonly step: string; readonly isUndo: boolean },
): string {
  return join(artifacts, "steps", `${step}${isUndo ? ".undo" : ""}${SUFFIX}`);
}

/** Whether a file's name is that of a note. */
export function isNoteFile(name: string): boolean {
  return name.endsWith(SUFFIX);
}

/**
 * Writes a note. It outlives this process, and need not outlive the machine: after a power cut there is
 * no command that it could be about.
 */
export function writeNote(file: string, note: CommandNote): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const fd = openSync(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    const text = `${JSON.stringify(note)}\n`;
    if (writeSync(fd, text) < Buffer.byteLength(text)) throw new Error(`${file}: no space left`);
  } finally {
    closeSync(fd);
  }
}

/** @returns nothing for half a note: its command was never let go. */
export function readNote(file: string): CommandNote | undefined {
  try {
    return shape.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** Takes a note away. */
export function removeNote(file: string): void {
  rmSync(file, { force: true });
}
