import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";

/** Whether there is a tmux to show programs in. */
export const hasTmux: boolean = spawnSync("tmux", ["-V"]).status === 0;

/** A program on a terminal that can be looked at and typed into. */
export interface TmuxTerminal {
  /** What is on the screen. */
  screen(): string;
  /** Waits until the screen has this. */
  shows(wanted: RegExp): Promise<void>;
  /** Types keys, in tmux's names: `q`, `Down`, `C-c`. */
  type(...keys: readonly string[]): void;
  /** Gives the terminal another size. */
  resize(size: { readonly columns: number; readonly rows: number }): void;
}

/** What is to run on the terminal. */
export interface InTmux {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly columns: number;
  readonly rows: number;
}

/** Starts a program on a terminal of its own; the shell under it shows `left STATUS` when it has ended. */
export function inTmux({ argv, env, folder, columns, rows }: InTmux): TmuxTerminal {
  const socket = join(folder, "tmux");
  const tmux = (...args: readonly string[]): string =>
    execFileSync("tmux", ["-S", socket, "-f", "/dev/null", ...args], {
      encoding: "utf8",
      env: { ...process.env, ...env, TMUX: undefined, LC_ALL: "C.UTF-8" },
    });
  const script = '"$@"; echo "left $?"; exec cat';
  const size = ["-x", String(columns), "-y", String(rows)];
  tmux("new-session", "-d", ...size, "sh", "-c", script, "sh", ...argv);
  onTestFinished(() => void tmux("kill-server"));
  const screen = (): string => tmux("capture-pane", "-p");
  return {
    screen,
    shows: (wanted) => expect.poll(screen, { timeout: 20_000, interval: 50 }).toMatch(wanted),
    type: (...keys) => void tmux("send-keys", ...keys),
    resize: (to) => void tmux("resize-window", "-x", String(to.columns), "-y", String(to.rows)),
  };
}
