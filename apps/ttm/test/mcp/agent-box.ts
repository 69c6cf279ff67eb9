import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { type SagaBox, sagaBox } from "../saga-box.ts";
import { PROGRAM } from "../ttm.ts";

/** A sandbox with a folder that agents work in. */
export interface AgentBox extends SagaBox {
  /** Where agents work. */
  readonly work: string;
  /** Writes `$TETRA_DIR/config/agents.json`. */
  readonly policy: (policy: object) => void;
  /** Starts a server and connects to it with the library's own client. */
  readonly agent: (options?: AgentOptions) => Promise<Agent>;
}

/** How an agent connects. */
export interface AgentOptions {
  readonly mode?: "read" | "operate";
  readonly name?: string;
  /** Which generation of the protocol the client speaks. Default: that of 2025. */
  readonly era?: "legacy" | "modern";
  readonly args?: readonly string[];
}

/** What a tool answered: what tests look at. */
export interface Told {
  readonly id: string;
  readonly phase: string;
  readonly [field: string]: unknown;
}

/** A connected agent. */
export interface Agent {
  readonly client: Client;
  /** The server's process. */
  readonly pid: number;
  /** Calls a tool that must not refuse. */
  readonly call: (tool: string, input: object) => Promise<Told>;
  /** Calls a tool that must refuse. @returns the error's code and what is said */
  readonly refused: (tool: string, input: object) => Promise<{ code: string; text: string }>;
  readonly text: (tool: string, input: object) => Promise<string>;
  /** What it has said on standard error. */
  readonly stderr: () => string;
}

/** Makes a sandbox for agents. */
export function agentBox(extra: Record<string, string | undefined> = {}): AgentBox {
  const box = sagaBox({ TETRA_NO_DAEMON: "1", ...extra });
  const work = join(dirname(box.ledgerFile), "work");
  mkdirSync(work);

  async function agent({
    mode = "operate",
    name = "tester",
    era = "legacy",
    args = [],
  }: AgentOptions = {}): Promise<Agent> {
    const env = Object.entries({ ...process.env, ...box.env }).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    );
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [PROGRAM, "mcp", "--mode", mode, ...args],
      env: Object.fromEntries(env),
      cwd: work,
      stderr: "pipe",
    });
    let stderr = "";
    transport.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const versionNegotiation = era === "modern" ? { mode: { pin: "2026-07-28" } } : {};
    const client = new Client({ name, version: "1.0" }, { versionNegotiation });
    await client.connect(transport);
    onTestFinished(() => client.close());

    const ask = (tool: string, input: object) =>
      client.callTool({ name: tool, arguments: { ...input } }, { timeout: 50_000 });

    return {
      client,
      pid: transport.pid ?? 0,
      stderr: () => stderr,
      async call(tool, input) {
        const { isError, content, structuredContent } = await ask(tool, input);
        if (isError === true) throw new Error(`${tool}: ${JSON.stringify(content)}`);
        // the client has held it against the tool's own schema
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        return structuredContent as Told;
      },
      async refused(tool, input) {
        const { isError, content, _meta } = await ask(tool, input);
        expect(isError, `${tool} ${JSON.stringify(input)} ${JSON.stringify(content)}`).toBe(true);
        const error = _meta?.["tetra/error"];
        const code: unknown =
          typeof error === "object" && error !== null ? Reflect.get(error, "code") : "";
        return { code: String(code), text: textOf(content) };
      },
      text: async (tool, input) => textOf((await ask(tool, input)).content),
    };
  }

  return {
    ...box,
    work,
    policy(policy) {
      mkdirSync(join(box.root, "config"), { recursive: true });
      const file = join(box.root, "config", "agents.json");
      writeFileSync(file, JSON.stringify(policy), { mode: 0o600 });
    },
    agent,
  };
}

/** A policy under which the small programs of these tests may be run. */
export const PERMISSIVE = {
  allow: [
    ["touch", "**"],
    ["rm", "-f", "**"],
    ["test", "**"],
    ["cat", "**"],
    ["false"],
    ["true"],
    ["sleep", "*"],
    ["printf", "**"],
  ],
} as const;

/** A step that makes a file, and takes it away. */
export function making(file: string): object {
  return { name: `make-${file}`, run: ["touch", file], undo: { run: ["rm", "-f", file] } };
}

function textOf(content: unknown): string {
  const [first] = Array.isArray(content) ? content : [];
  const text: unknown =
    typeof first === "object" && first !== null ? Reflect.get(first, "text") : "";
  return String(text);
}
