import type { Masker } from "@tetra/tts-core/saga";
import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { App } from "../app.ts";
import type { Mode } from "./session.ts";

/**
 * Keeps what agents have called, as it was seen on the wire: a line when a call came, another when it was
 * answered. One without an answer was taken back, or its server has ended.
 */
export interface CallLog {
  /** Notes a message from the client, if it calls something. @throws where it cannot, and calls may change things */
  readonly asked: (message: unknown) => void;
  /** Notes a message to the client, if it answers such a call. */
  readonly answered: (message: unknown) => void;
}

/** What the log needs to know of a connection. */
export interface CallLogParts {
  /** Tells this connection from others. */
  readonly session: string;
  readonly mode: Mode;
  readonly agent: () => string;
  /** Keeps secrets out of it. */
  readonly masks: () => Masker;
}

/** What is called by which method, and the parameter that says which. */
const CALLS: ReadonlyMap<unknown, { readonly kind: string; readonly name: string }> = new Map([
  ["tools/call", { kind: "tool", name: "name" }],
  ["resources/read", { kind: "resource", name: "uri" }],
  ["prompts/get", { kind: "prompt", name: "name" }],
]);

/** Longer names and inputs are cut. */
const MOST_TEXT = 2000;
/** A log that is longer makes room for a new one; the one before is kept. */
const MOST_BYTES = 32 * 1024 * 1024;

interface Call {
  readonly number: number;
  readonly atMs: number;
}

/**
 * The log of calls, `logs/agents.ndjson` beside the transactions. What calls have changed is in the logs of
 * transactions as well; this one also has what was read, and what was refused.
 */
export function callLog(app: App, { session, mode, agent, masks }: CallLogParts): CallLog {
  const file = join(dirname(app.places().topology), "logs", "agents.ndjson");
  const open = new Map<unknown, Call[]>();
  let count = 0;
  let isLost = false;

  function write(line: Readonly<Record<string, unknown>>, must: boolean): void {
    try {
      append(line);
    } catch (error) {
      if (must || !isSystemError(error)) throw error;
      if (!isLost) app.err.print(`ttm mcp: calls are not noted: ${error.message}`);
      isLost = true;
    }
  }

  function append(line: Readonly<Record<string, unknown>>): void {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size > MOST_BYTES) renameSync(file, `${file}.1`);
    const ts = new Date(app.clock.now()).toISOString();
    appendFileSync(file, `${JSON.stringify({ ts, session, ...line })}\n`, { mode: 0o600 });
  }

  return {
    asked(message) {
      const call = CALLS.get(fieldOf(message, "method"));
      const id = fieldOf(message, "id");
      if (call === undefined || id === undefined) return;
      const params = fieldOf(message, "params");
      const { text } = masks();
      const shown = (value: unknown): string =>
        cut(text(typeof value === "string" ? value : (JSON.stringify(value) ?? "")));
      count += 1;
      const called = { agent: agent(), kind: call.kind, name: shown(fieldOf(params, call.name)) };
      const input = shown(fieldOf(params, "arguments"));
      // what may change something is not done without being noted
      write({ event: "called", call: count, ...called, input }, mode === "operate");
      open.set(id, [...(open.get(id) ?? []), { number: count, atMs: app.clock.now() }]);
    },
    answered(message) {
      const id = fieldOf(message, "id");
      const [call, ...later] = open.get(id) ?? [];
      if (call === undefined || fieldOf(message, "method") !== undefined) return;
      if (later.length === 0) open.delete(id);
      else open.set(id, later);
      const duration_ms = Math.max(0, app.clock.now() - call.atMs);
      const outcome = outcomeOf(message);
      write({ event: "answered", call: call.number, outcome, duration_ms }, false);
    },
  };
}

/** `ok`, the code of the error, or `refused` for what its schema did not let through. */
function outcomeOf(message: unknown): string {
  const error = fieldOf(message, "error");
  if (error !== undefined) return String(fieldOf(error, "code"));
  const result = fieldOf(message, "result");
  if (fieldOf(result, "isError") !== true) return "ok";
  const code = fieldOf(fieldOf(fieldOf(result, "_meta"), ERROR_KEY), "code");
  return typeof code === "string" ? code : "refused";
}

/** Where an answer says, for programs, why it refuses. */
export const ERROR_KEY = "tetra/error";

function cut(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT)}…`;
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && "code" in error;
}
