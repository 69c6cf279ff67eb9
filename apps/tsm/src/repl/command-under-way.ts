import type { Output, StopSignal } from "@tetra/cli-kit";
import { constants } from "node:os";
import type { Within } from "../app.ts";

/** A command that runs within the repl. */
export interface CommandUnderWay {
  /** Its exit status, or that of the signal that made the repl leave it alone. */
  readonly ended: Promise<number>;
  /**
   * Asks it to end as a signal would. A command that does not listen, or hears it for the second time, is
   * left alone: it may still finish what it was about, but says nothing any more.
   */
  interrupt(signal: StopSignal): void;
}

/** What a command within the repl takes. */
export interface CommandParts {
  readonly within: Pick<Within, "run">;
  /** Asks the person; `undefined` when that person does not want to answer. */
  readonly ask: ((question: string) => Promise<string | undefined>) | undefined;
}

/** Runs words of `tsm`; what they throw is told. */
export function commandUnderWay(
  words: readonly string[],
  { within, ask }: CommandParts,
): CommandUnderWay {
  const handlers = new Set<(signal: StopSignal) => void>();
  const left = new AbortController();
  let leave: (status: number) => void = () => {};
  const leaving = new Promise<number>((resolve) => {
    leave = (status) => {
      left.abort();
      resolve(status);
    };
  });
  let signals = 0;

  async function answer(question: string): Promise<string> {
    const text = await ask?.(question);
    if (text !== undefined) return text;
    leave(statusOf("SIGINT"));
    return new Promise(() => {}); // nobody waits for what it would do with an answer
  }

  const running = within.run(words, {
    end: (status) => leave(status),
    terminal: (terminal) => ({
      ...terminal,
      out: untilLeft(terminal.out, left.signal),
      err: untilLeft(terminal.err, left.signal),
      ...(ask === undefined ? {} : { ask: answer }),
      onStop(handler) {
        handlers.add(handler);
        return () => void handlers.delete(handler);
      },
    }),
  });

  return {
    ended: Promise.race([running, leaving]),
    interrupt(signal) {
      signals += 1;
      const isHeard = handlers.size > 0;
      for (const handler of Array.from(handlers)) handler(signal);
      if (!isHeard || signals > 1) leave(statusOf(signal));
    },
  };
}

/** As shells have it. */
function statusOf(signal: StopSignal): number {
  return 128 + constants.signals[signal];
}

/** An output that a command has until it is left alone. */
function untilLeft(out: Output, left: AbortSignal): Output {
  const unlessLeft = (print: () => void): void => {
    if (!left.aborted) print();
  };
  return {
    ...out,
    print: (...pieces) => unlessLeft(() => out.print(...pieces)),
    printAll: (lines) => unlessLeft(() => out.printAll(lines)),
    data: (text) => unlessLeft(() => out.data(text)),
    json: (value) => unlessLeft(() => out.json(value)),
    bytes: (bytes) => unlessLeft(() => out.bytes(bytes)),
  };
}
