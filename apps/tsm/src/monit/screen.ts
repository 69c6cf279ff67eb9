import { type Piece, render, type Terminal } from "@tetra/cli-kit";
import { emitKeypressEvents } from "node:readline";
import { ReadStream } from "node:tty";
import type { Key } from "./dashboard.ts";
import type { ScreenSize } from "./draw-dashboard.ts";

// ECMA-48 and xterm: the other screen, the cursor, the end of a line
const ENTER = "\u001b[?1049h\u001b[?25l";
const LEAVE = "\u001b[?25h\u001b[?1049l";
const CLEAR = "\u001b[2J";
const TO_LINE_END = "\u001b[K";

/** The whole terminal, while something is drawn on it. */
export interface Screen {
  size(): ScreenSize;
  /** Draws all lines; only those that changed are sent. */
  draw(lines: readonly (readonly Piece[])[]): void;
  onKey(handler: (key: Key) => void): void;
  /** Called when the terminal has another size; everything is drawn again then. */
  onResize(handler: () => void): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** Takes the terminal at standard input and output over. Give it back with `close`, whatever happens. */
export function openScreen(terminal: Pick<Terminal, "out" | "env" | "rows" | "onResize">): Screen {
  const { out, env, rows } = terminal;
  const colour = env["NO_COLOR"] === undefined;
  const input = new ReadStream(0);
  const write = (text: string): void => out.bytes(Buffer.from(text));
  let shown: readonly string[] = [];
  const begin = (): void => {
    shown = [];
    write(CLEAR);
  };
  let ignoreSize = (): void => {};
  emitKeypressEvents(input);
  input.setRawMode(true);
  input.resume();
  write(ENTER);
  begin();
  return {
    size: () => ({ columns: out.columns ?? 80, rows: rows() || 24 }),
    draw(lines) {
      const rendered = lines.map((line) => render(line, { colour }));
      const changed = rendered.flatMap((line, at) =>
        line === shown[at] ? [] : [`\u001b[${at + 1};1H${line}${TO_LINE_END}`],
      );
      shown = rendered;
      if (changed.length > 0) write(changed.join(""));
    },
    onKey(handler) {
      input.on("keypress", (text: string | undefined, key: { name?: string; ctrl?: boolean }) => {
        handler({ name: key.name, text, ctrl: key.ctrl === true });
      });
    },
    onResize(handler) {
      ignoreSize = terminal.onResize(() => {
        begin();
        handler();
      });
    },
    close() {
      ignoreSize();
      input.setRawMode(false);
      input.destroy(); // paused, it would still take what is typed from whoever reads next
      write(LEAVE);
    },
  };
}
