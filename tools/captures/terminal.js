import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How long a page may take to show what it is waited for. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 100;

/**
 * A terminal of its own, in a tmux server of its own, with a shell in it.
 * @param {{ folder: string, columns: number, rows: number, env: Record<string, string> }} options
 */
export function openTerminal({ folder, columns, rows, env }) {
  const socket = join(folder, "tmux");
  /** @param {string[]} args */
  const tmux = (...args) =>
    execFileSync("tmux", ["-S", socket, "-f", "/dev/null", ...args], { env, encoding: "utf8" });
  tmux(
    "new-session",
    "-d",
    "-x",
    String(columns),
    "-y",
    String(rows),
    "-c",
    env["HOME"] ?? "/",
    "PS1='$ ' bash --norc",
  );

  return {
    /** Keys as tmux names them. @param {string[]} keys */
    press: (...keys) => void tmux("send-keys", ...keys),

    /** Types a line on an empty page. @param {string} line */
    type(line) {
      tmux("send-keys", "-l", "clear");
      tmux("send-keys", "Enter");
      tmux("send-keys", "-l", line);
      tmux("send-keys", "Enter");
    },

    /** The page, once it shows something. @param {RegExp} what */
    async page(what) {
      const deadline = Date.now() + PATIENCE_MS;
      while (!what.test(tmux("capture-pane", "-p"))) {
        if (Date.now() > deadline) {
          throw new Error(`the terminal does not show ${what}:\n${tmux("capture-pane", "-p")}`);
        }
        await sleep(LOOK_MS);
      }
      return tmux("capture-pane", "-p", "-e").trimEnd();
    },

    close: () => void tmux("kill-server"),
  };
}
