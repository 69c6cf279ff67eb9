import { closeSync, constants, openSync, readFileSync, readSync } from "node:fs";
import { Socket } from "node:net";
import { isSystemError } from "@tetra/durable-fs";

// A pipe whose only holder is the shim (H8 in run/shim.ts): that it has let go, the kernel tells us, even
// where it was killed and could note nothing. Whoever else opens it does no harm: a reader takes nothing
// away, what is written makes us not rely on it, and who merely holds it hides the shim's end from us
// until something else has us look.

const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;

/** So many descriptors stay free for all else that a daemon does. */
const RESERVED = 128;
/** Where the system does not say how many a process may have: what it gives at the least. */
const USUAL_LIMIT = 256;
const NOBODY_READS: Uint8Array = new Uint8Array(1);

/**
 * How high a descriptor may be for a pipe that could be done without. The system gives the lowest that is
 * free, so its number tells how many are taken.
 */
export function highestDescriptor(): number {
  try {
    const [, limit] =
      /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return Number(limit ?? USUAL_LIMIT) - RESERVED;
  } catch (error) {
    if (isSystemError(error)) return USUAL_LIMIT - RESERVED;
    throw error;
  }
}

/**
 * Calls once when nobody holds a pipe any more, or it cannot be relied on.
 * @returns what ends the watch; `undefined`: its end would not be told
 */
export function watchShim(
  path: string,
  highest: number,
  onEnd: () => void,
): (() => void) | undefined {
  const fd = openHeld(path, highest);
  if (fd === undefined) return undefined;
  const socket = socketOn(fd);
  if (socket === undefined) return undefined;
  let isOpen = true;
  const close = (): void => {
    isOpen = false;
    socket.destroy(); // with its descriptor
  };
  const ended = (): void => {
    if (!isOpen) return;
    close();
    onEnd();
  };
  for (const event of ["data", "end", "error", "close"]) socket.on(event, ended);
  return close;
}

/** Opens a pipe that somebody holds, and that nothing was written to. */
function openHeld(path: string, highest: number): number | undefined {
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  } catch (error) {
    if (isSystemError(error)) return undefined; // not there, or no descriptors left
    throw error;
  }
  if (fd <= highest && isHeld(fd)) return fd;
  closeSync(fd);
  return undefined;
}

function isHeld(fd: number): boolean {
  try {
    readSync(fd, NOBODY_READS); // the end: nobody holds it, and nothing would be told of it ever
    return false;
  } catch (error) {
    if (isSystemError(error)) return error.code === "EAGAIN";
    throw error;
  }
}

function socketOn(fd: number): Socket | undefined {
  try {
    return new Socket({ fd, readable: true, writable: false });
  } catch (error) {
    closeSync(fd);
    if (error instanceof Error && "code" in error) return undefined; // it is no pipe
    throw error;
  }
}
