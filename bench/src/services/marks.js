import { setTimeout as sleep } from "node:timers/promises";
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from "node:fs";

const GIVE_UP_MS = 60_000;

/**
 * A file to which services append a line as their first act, with the pid, and what waits for it. The wait looks
 * all the time: what it measures is shorter than any sleep.
 * @param {string} path
 */
export function marks(path) {
  writeFileSync(path, "");
  const fd = openSync(path, "r");
  const lines = () => readFileSync(path, "utf8").split("\n").slice(0, -1);
  return {
    path,
    lines,
    /** @param {number} count */
    until(count) {
      const giveUp = performance.now() + GIVE_UP_MS;
      for (let size = -1; ;) {
        const now = fstatSync(fd).size;
        if (now !== size && lines().length >= count) return;
        size = now;
        if (performance.now() > giveUp) throw new Error(`only ${lines().length} of ${count} run`);
      }
    },
    /**
     * The same for what takes long: leaves the processor to others.
     * @param {number} count
     */
    async calmlyUntil(count) {
      const giveUp = performance.now() + GIVE_UP_MS;
      while (lines().length < count) {
        if (performance.now() > giveUp) throw new Error(`only ${lines().length} of ${count} done`);
        await sleep(5);
      }
    },
    close: () => closeSync(fd),
  };
}

/**
 * A service that marks that it runs, and waits.
 * @param {string} name
 * @param {string} path
 */
export function marking(name, path) {
  // builtins only: the mark is the first thing it does
  return { name, argv: ["/bin/sh", "-c", `echo "$$" >>'${path}'; exec sleep 100000`] };
}
