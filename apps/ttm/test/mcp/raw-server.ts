import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { PROGRAM } from "../ttm.ts";
import type { AgentBox } from "./agent-box.ts";

/** What a server says, line by line, whoever it says it to. */
export interface Raw {
  readonly child: ChildProcessWithoutNullStreams;
  readonly write: (text: string | Buffer) => void;
  /** The answer with an id. */
  readonly answer: (id: unknown) => Promise<Reply>;
  readonly replies: readonly Reply[];
  /** Waits for answers until something is so. */
  readonly until: (isSo: () => boolean) => Promise<void>;
  /** Says who it is, as clients do first. */
  readonly greet: () => Promise<void>;
}

export interface Reply {
  readonly id?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
  readonly result?: Readonly<Record<string, unknown>>;
}

/** Starts a server, to be talked to without any library. */
export function raw(box: AgentBox): Raw {
  const child = spawn(process.execPath, [PROGRAM, "mcp", "--mode", "operate"], {
    cwd: box.work,
    env: { ...process.env, ...box.env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const replies: Reply[] = [];
  let heard = (): void => {};
  createInterface({ input: child.stdout }).on("line", (text) => {
    const reply: unknown = JSON.parse(text); // nothing but the protocol is ever there
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every field of it is optional
    replies.push(reply as Reply);
    heard();
  });
  child.stdin.on("error", () => {});
  const write = (text: string | Buffer): void => void child.stdin.write(text);

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => (heard = resolve));
  }

  async function answer(id: unknown): Promise<Reply> {
    await until(() => replies.some((reply) => reply.id === id));
    return replies.find((reply) => reply.id === id) ?? {};
  }

  return {
    child,
    write,
    answer,
    until,
    replies,
    async greet() {
      const params = {
        protocolVersion: "2025-06-18",
        capabilities: {},
        clientInfo: { name: "raw", version: "1" },
      };
      write(line({ id: "hello", method: "initialize", params }));
      await answer("hello");
      write(line({ method: "notifications/initialized" }));
    },
  };
}

/** A message as it is sent. */
export function line(message: object): string {
  return `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`;
}

/** A call of a tool as it is sent. */
export function toolCall(id: unknown, name: unknown, args: unknown): string {
  return line({ id, method: "tools/call", params: { name, arguments: args } });
}

/** Whether it still answers. */
export async function isWell({ write, answer }: Raw): Promise<boolean> {
  write(line({ id: "well", method: "ping" }));
  return (await answer("well")).result !== undefined;
}
