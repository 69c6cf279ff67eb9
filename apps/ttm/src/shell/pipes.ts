import { isSystemError } from "@tetra/durable-fs";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** What shell and helper talk through. The shell made the pipes; they outlive helpers. */
export interface Pipes {
  readonly requests: Duplex;
  /** Writes an answer, at once as far as the pipe takes it. */
  readonly send: (answer: Buffer) => void;
  /** Whether some of an answer still waits for room in the pipe. */
  readonly isSending: () => boolean;
  /** Each byte is a token whose holder has left its call behind, as by Ctrl-C. */
  readonly bell: Duplex;
  /** Throws away what was asked and not read yet. */
  readonly dropRequests: () => void;
  /** The same for the bell. */
  readonly dropRings: () => void;
  /** Throws away what was answered and is read by nobody. @returns whether there was anything. */
  readonly dropAnswers: () => boolean;
  /** Lays a token in the pipe, the only one there. */
  readonly layToken: (token: string) => void;
  /** Whether a token lies there. */
  readonly isLaid: () => boolean;
  /** A descriptor to lock: who holds it serves this shell. */
  readonly lockable: number;
}

const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants;

/** Opens the pipes, which are open under these numbers. */
export function openPipes(at: {
  readonly requests: number;
  readonly answers: number;
  readonly turn: number;
  readonly bell: number;
}): Pipes {
  // opened again: not to wait is a property of what was opened, and the shell's must wait
  const again = (fd: number, flags: number): number =>
    openSync(`/proc/self/fd/${fd}`, flags | O_NONBLOCK);
  const requests = again(at.requests, O_RDONLY);
  const bell = again(at.bell, O_RDONLY);
  const turn = again(at.turn, O_RDWR);
  const answers = again(at.answers, O_WRONLY);
  for (const fd of Object.values(at)) closeSync(fd);
  // for what the pipe has no room for; written directly the rest is there sooner
  const later = new Socket({ fd: answers, readable: false, writable: true });
  later.on("error", () => {}); // nobody reads any more: the requests end, too
  return {
    requests: new Socket({ fd: requests, readable: true, writable: false }),
    send(answer) {
      const sent = writeNow(answers, answer);
      if (sent < answer.length) later.write(answer.subarray(sent));
    },
    isSending: () => later.writableLength > 0,
    bell: new Socket({ fd: bell, readable: true, writable: false }),
    dropRequests: () => void emptyPipe(requests),
    dropRings: () => void emptyPipe(bell),
    dropAnswers() {
      const back = again(answers, O_RDONLY);
      const dropped = emptyPipe(back);
      closeSync(back);
      return dropped !== "";
    },
    layToken(token) {
      emptyPipe(turn);
      writeSync(turn, token);
    },
    isLaid() {
      // there is no looking into a pipe without taking
      const taken = emptyPipe(turn);
      if (taken !== "") writeSync(turn, taken);
      return taken !== "";
    },
    lockable: turn,
  };
}

/** Writes to a pipe that does not wait. @returns how many bytes it had room for. */
function writeNow(fd: number, bytes: Buffer): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if (isSystemError(error, "EAGAIN") || isSystemError(error, "EPIPE")) return 0;
    throw error;
  }
}

/** Reads all that is in a pipe that does not wait. */
function emptyPipe(fd: number): string {
  const bytes = Buffer.allocUnsafe(65_536);
  let taken = "";
  try {
    for (let count = -1; count !== 0; taken += bytes.toString("latin1", 0, count)) {
      count = readSync(fd, bytes);
    }
  } catch (error) {
    if (!isSystemError(error, "EAGAIN")) throw error; // empty, and somebody may write
  }
  return taken;
}
