import { fstatSync, writeSync } from "node:fs";

/** Somewhere to write to: standard output or standard error. */
export interface Sink {
  /** Whether people look at it. */
  readonly isTerminal: boolean;
  /** Writes everything, in order, before it returns. Once nobody reads any more, does nothing. */
  write(data: string | Uint8Array): void;
  /** Calls back when it turns out that nobody reads any more, which is no error. */
  onClosed(callback: () => void): void;
}

const PAUSE_MS = 2;

/**
 * Standard output (1) or standard error (2) by its descriptor: node's streams take a tenth of a short
 * command's time to load, and after `process.exit` lose what a pipe has not taken yet.
 * @param isTty whether it is a terminal; asked only when it is a device.
 */
export function standardSink(fd: 1 | 2, isTty: () => boolean): Sink {
  let isOpen = true;
  let tellClosed = (): void => {};

  function write(data: string | Uint8Array): void {
    let left: Uint8Array = typeof data === "string" ? Buffer.from(data) : data;
    while (isOpen && left.length > 0) {
      try {
        left = left.subarray(writeSync(fd, left));
      } catch (error) {
        if (isSystemError(error, "EAGAIN")) {
          pause(); // somebody else made the pipe non-blocking, and it is full
        } else if (isSystemError(error, "EPIPE")) {
          isOpen = false;
          tellClosed();
        } else {
          throw error;
        }
      }
    }
  }

  return {
    isTerminal: isDevice(fd) && isTty(),
    write,
    onClosed: (callback) => {
      tellClosed = callback;
    },
  };
}

function isDevice(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice();
  } catch (error) {
    if (isSystemError(error, "EBADF")) return false; // started with it closed
    throw error;
  }
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
