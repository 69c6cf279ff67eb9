/** Something that output is kept in. */
interface Kept {
  readonly write: (bytes: Uint8Array) => void;
}

/**
 * Passes output on until it cannot be kept any more, as on a full disk: that is told once, and the rest is
 * dropped. A command is not stopped because nobody can write down what it says.
 */
export function keepWhilePossible({ write }: Kept, onLost: (why: string) => void): Kept["write"] {
  let isLost = false;
  return (bytes) => {
    if (isLost) return;
    try {
      write(bytes);
    } catch (error) {
      isLost = true;
      onLost(error instanceof Error ? error.message : String(error));
    }
  };
}
