import { TetraError } from "@tetra/errors";
import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import type { Readable, Writable } from "node:stream";
import type { ConnectErrorCode } from "../errors.ts";

/** What a program left behind. */
export interface Ended {
  /** `null` when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How a program is started. */
export interface StartOptions {
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** In a session of its own, out of reach of the terminal's Ctrl-C. */
  readonly isOwnSession?: boolean;
  readonly stdio: StdioOptions;
}

/**
 * Starts a program; resolves once it runs.
 * @throws TetraError `TOOL_MISSING` when it is not installed.
 */
export async function start(
  [program = "", ...args]: readonly string[],
  { env, isOwnSession = false, stdio }: StartOptions,
): Promise<ChildProcess> {
  const child = spawn(program, args, {
    stdio,
    detached: isOwnSession,
    ...(env === undefined ? {} : { env: { ...env } }),
  });
  try {
    await once(child, "spawn");
    return child;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    throw new TetraError<ConnectErrorCode>(
      "TOOL_MISSING",
      code === "E2BIG"
        ? `${program}: the command is too long for this system`
        : `${program} cannot be started (${code})`,
      { hint: `install ${program}, or correct PATH`, details: { program }, cause },
    );
  }
}

/** Waits for the program itself: a grandchild may keep its pipes open. */
export async function exitOf(child: ChildProcess): Promise<Ended> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return { status: child.exitCode, signal: child.signalCode };
}

/** Passes chunks into a stream and ends it. A reader that is gone is no error: its exit status tells. */
export async function feed(
  stdin: Writable,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { keepOpen }: { readonly keepOpen: boolean },
): Promise<void> {
  try {
    await pipeline(chunks, stdin, { end: !keepOpen });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return ["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_PREMATURE_CLOSE"].includes(
    String(code),
  );
}

/** Where output goes, and how much of it is kept. */
export interface Sink {
  /** Takes everything, at the pace it can. It is not ended. */
  readonly into?: Writable | undefined;
  /** How many bytes are kept from the beginning. */
  readonly limit: number;
}

/** The beginning of what a stream had. */
export interface Collected {
  readonly bytes: Buffer;
  /** Whether that was all. */
  readonly isWhole: boolean;
}

/** Reads a stream to its end. */
export async function collect(stream: Readable | null, { into, limit }: Sink): Promise<Collected> {
  const chunks: Buffer[] = [];
  let length = 0;
  let isWhole = true;
  try {
    for await (const chunk of stream ?? []) {
      const bytes = Buffer.from(chunk);
      if (length + bytes.length > limit) isWhole = false;
      if (length < limit) chunks.push(bytes.subarray(0, limit - length));
      length = Math.min(limit, length + bytes.length);
      if (into !== undefined) await pass(bytes, into);
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return { bytes: Buffer.concat(chunks), isWhole };
}

async function pass(bytes: Uint8Array, into: Writable): Promise<void> {
  if (into.destroyed) throw Object.assign(new Error("nobody reads"), { code: "EPIPE" });
  if (into.write(bytes)) return;
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    await Promise.race([once(into, "drain", { signal }), once(into, "close", { signal })]);
  } finally {
    waiting.abort();
  }
}
