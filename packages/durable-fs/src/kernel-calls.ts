import { lstatSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The part of `fs-native-extensions` (it ships no types) that we call. */
export interface KernelCalls {
  /** `fcntl(F_OFD_SETLK)`; `length` 0 means to the end of the file and beyond. */
  tryLock(fd: number, offset: number, length: number, how: { shared: boolean }): boolean;
  /** `fcntl(F_OFD_SETLKW)`, on a thread of Node's pool. */
  waitForLock(fd: number, offset: number, length: number, how: { shared: boolean }): Promise<void>;
  unlock(fd: number, offset: number, length: number): void;
  /** `renameat2(RENAME_EXCHANGE)`. */
  swapSync(a: string, b: string): void;
}

/**
 * Loads the native add-on: some milliseconds, which a command that only reads must not pay. `require`, because
 * it finds its binary by its own path and therefore stays outside every bundle.
 */
export function loadKernelCalls(): KernelCalls {
  // node's module loader does not follow links right after a pipe or a socket was looked at (its `realpathSync`
  // asks the last result of any `stat`), and then does not find what the add-on needs
  lstatSync("/");
  const require = createRequire(import.meta.url);
  loadBinary(require);
  // `require` cannot say what it finds; the conformance spec uses all four on a real disk
  const calls: KernelCalls = require("fs-native-extensions");
  return calls;
}

/**
 * Puts the add-on's binary where the add-on looks first. Left alone, it loads a dozen files to find out which
 * of its binaries fits, which takes three times as long as all the rest; it still does where this one does not fit.
 */
function loadBinary(require: NodeJS.Require): void {
  try {
    const folder = dirname(require.resolve("fs-native-extensions"));
    const machine = `${process.platform}-${process.arch}`;
    const binary = join(folder, "prebuilds", machine, "fs-native-extensions.node");
    require(binary);
    const loaded = require.cache[binary];
    if (loaded !== undefined) require.cache[join(folder, "binding.js")] ??= loaded;
  } catch {
    // another machine, another libc, or the add-on is laid out otherwise: it knows best itself
  }
}
