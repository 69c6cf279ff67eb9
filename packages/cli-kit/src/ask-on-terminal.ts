import { closeSync, openSync, readSync } from "node:fs";
import type { Sink } from "./sink.ts";
import { render } from "./span.ts";

/** Asks on the terminal and waits for one line. Ctrl-C ends the program, as it does anywhere else. */
export function askOnTerminal(question: string, sink: Sink): string {
  sink.write(
    `${question
      .split("\n")
      .map((line) => render([line], { colour: false }))
      .join("\n")} `,
  );
  const terminal = openSync("/dev/tty", "r");
  try {
    // a terminal gives a line at a time
    const buffer = Buffer.alloc(4096);
    return buffer.toString("utf8", 0, readSync(terminal, buffer)).trim();
  } finally {
    closeSync(terminal);
  }
}
