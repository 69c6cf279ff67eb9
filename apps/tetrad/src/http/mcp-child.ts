import { spawn } from "node:child_process";
import { type JSONRPCMessage, ReadBuffer, serializeMessage } from "@modelcontextprotocol/server";

/** How a server ended. */
export interface McpChildEnd {
  /** With which status, for example. */
  readonly how: string;
  /** The last line of its standard error, which may be empty: for the client, and for no log. */
  readonly said: string;
}

/** How a server is started, and who hears it. */
export interface McpChildOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly onMessage: (message: JSONRPCMessage) => void;
  /** It is gone; all that it said was heard before. */
  readonly onEnd: (end: McpChildEnd) => void;
}

/** A server that talks over its standard input and output. */
export interface McpChild {
  send(message: JSONRPCMessage): void;
  /** Waits until it has read what it was sent. @returns whether it lives */
  hasRead(): Promise<boolean>;
  /** Stops listening to it, which makes it wait when it has said much. */
  pause(): void;
  resume(): void;
  /** Ends it: closes its input, and kills it when that is not enough. */
  end(haste?: "at once"): void;
  /** Resolves when it is gone. */
  readonly ended: Promise<void>;
}

/** A message of a server may have as many bytes. */
const MOST_MESSAGE_BYTES = 10 * 1024 * 1024;
const LAST_WORDS_BYTES = 2000;
const TERM_MS = 1000;
const KILL_MS = 3000;
/** Somebody it started may hold its output open. */
const OUTPUT_MS = 500;

/** Starts a server. */
export function startMcpChild(options: McpChildOptions): McpChild {
  const { command, cwd, environment, onMessage, onEnd } = options;
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd, env: environment, stdio: "pipe" });
  const { stdin, stdout, stderr } = child;
  const buffer = new ReadBuffer({ maxBufferSize: MOST_MESSAGE_BYTES });
  const insisting: NodeJS.Timeout[] = [];
  let isGone = false;
  let fault = "";
  let lastWords = "";

  stdout.on("data", (chunk: Buffer) => {
    try {
      buffer.append(chunk);
    } catch {
      fault = `it said more than ${MOST_MESSAGE_BYTES} bytes in one message`;
      end("at once");
      return;
    }
    for (let isMore = true; isMore;) isMore = hear();
  });
  stdout.on("end", () => end());
  stderr.on("data", (chunk: Buffer) => {
    lastWords = `${lastWords}${chunk.toString("utf8")}`.slice(-LAST_WORDS_BYTES);
  });
  // whoever is written to that is gone, is noticed by his end
  for (const stream of [stdin, stdout, stderr]) stream.on("error", () => {});

  /** @returns whether there may be another message */
  function hear(): boolean {
    try {
      const message = buffer.readMessage();
      if (message !== null) onMessage(message);
      return message !== null;
    } catch {
      return true; // a line that is no message of JSON-RPC: as if it had not been said
    }
  }

  function end(haste?: "at once"): void {
    stdin.end();
    stdout.resume(); // what it still has to say must not keep it
    if (haste !== undefined) child.kill("SIGTERM");
    if (isGone || insisting.length > 0) return;
    insisting.push(
      setTimeout(() => child.kill("SIGTERM"), TERM_MS),
      setTimeout(() => child.kill("SIGKILL"), KILL_MS),
    );
  }

  async function untilEnd(): Promise<void> {
    const how = await endOf();
    isGone = true;
    for (const timer of insisting) clearTimeout(timer);
    const said = lastWords.trimEnd().split("\n").at(-1) ?? "";
    onEnd({ how: fault === "" ? how : fault, said });
  }

  function endOf(): Promise<string> {
    return new Promise((resolve) => {
      child.on("error", ({ message }) => resolve(`it cannot be started: ${message}`));
      child.on("exit", (status, signal) => {
        const how = signal === null ? `it ended with status ${status}` : `${signal} ended it`;
        child.on("close", () => resolve(how));
        setTimeout(() => resolve(how), OUTPUT_MS).unref();
      });
    });
  }

  function drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        stdin.off("drain", done).off("close", done);
        resolve();
      };
      stdin.on("drain", done).on("close", done);
    });
  }

  return {
    send(message) {
      if (!stdin.writableEnded) stdin.write(serializeMessage(message));
    },
    async hasRead() {
      if (stdin.writableNeedDrain) await drained();
      return !isGone && !stdin.writableEnded;
    },
    pause: () => void stdout.pause(),
    resume: () => void stdout.resume(),
    end,
    ended: untilEnd(),
  };
}
