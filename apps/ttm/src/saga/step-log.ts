import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** A file that what a step prints is added to, whatever attempts there were before. */
export interface StepLog {
  /** Its name among the artifacts. */
  readonly name: string;
  write(bytes: Uint8Array): void;
  /** Makes it durable and closes it. @returns whether anything was written. */
  close(): boolean;
}

/** Which file it is. */
export interface StepLogOptions {
  readonly step: string;
  readonly isUndo: boolean;
  readonly stream: "stdout" | "stderr";
  readonly attempt: number;
}

/** Adds to `steps/<path>.stdout.log`; the file is made with the first byte. */
export function stepLog(
  artifacts: string,
  { step, isUndo, stream, attempt }: StepLogOptions,
): StepLog {
  const name = `steps/${step}${isUndo ? ".undo" : ""}.${stream}.log`;
  let fd: number | undefined;

  function open(): number {
    const file = join(artifacts, name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
    const opened = openSync(file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
    const isFirst = fstatSync(opened).size === 0;
    if (!isFirst) writeSync(opened, `--- attempt ${attempt} ---\n`);
    return opened;
  }

  return {
    name,
    write(bytes) {
      if (bytes.length === 0) return;
      fd ??= open();
      // a full disk takes a part of it, and says so only the next time
      for (let left = bytes; left.length > 0;) left = left.subarray(writeSync(fd, left));
    },
    close() {
      if (fd === undefined) return false;
      fsyncSync(fd);
      closeSync(fd);
      fd = undefined;
      return true;
    },
  };
}
