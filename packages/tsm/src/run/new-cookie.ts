import { closeSync, openSync, readSync } from "node:fs";

const BYTES = 16;

/** What marks the processes of one run: nobody has had it, and nobody can guess it. */
export function newCookie(): string {
  // node:crypto has the same, and takes longer to load than the rest of a start takes
  const fd = openSync("/dev/urandom", "r");
  try {
    const bytes = Buffer.alloc(BYTES);
    if (readSync(fd, bytes, 0, BYTES, null) < BYTES)
      throw new Error("/dev/urandom gave too little");
    return bytes.toString("hex");
  } finally {
    closeSync(fd);
  }
}
