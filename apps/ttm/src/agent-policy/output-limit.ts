/** Ends a command that prints more than it may. */
export interface OutputLimit {
  /** Counts a line. */
  readonly count: (line: string) => void;
  /** Aborts when it was too much. */
  readonly signal: AbortSignal;
  /** What to say then. */
  readonly reason: string;
}

/** Makes a limit for one command. */
export function outputLimit(mostBytes: number): OutputLimit {
  const tooMuch = new AbortController();
  let printed = 0;
  return {
    count(line) {
      printed += Buffer.byteLength(line) + 1;
      if (printed > mostBytes) tooMuch.abort();
    },
    signal: tooMuch.signal,
    reason: `printed more than ${mostBytes} bytes`,
  };
}
