import { spawn } from "node:child_process";
import type { ServiceEnvironment } from "../files/store.ts";
import type { Probe } from "./probe.ts";

/** What asking takes. */
export interface ProbeOptions {
  /** No answer by then is a no. */
  readonly timeoutMs: number;
  /** Where a command is run. */
  readonly cwd: string;
  /** What a command is run with; all of it. */
  readonly environment: ServiceEnvironment;
  /** Breaks it off: a no. */
  readonly signal?: AbortSignal | undefined;
}

/** What the answer was. */
export interface ProbeResult {
  readonly ok: boolean;
  /** Why not, for people. */
  readonly why?: string;
}

/** Tells the answer once; what comes after the first does not count. */
type Answer = (result: ProbeResult) => void;
/** Begins to ask. Returns what breaks it off. */
type Ask = (answer: Answer) => () => void;

const OK: ProbeResult = { ok: true };

/** Asks a service once. Never rejects: whatever goes wrong is a no, and says why. */
export async function probe(question: Probe, options: ProbeOptions): Promise<ProbeResult> {
  try {
    const ask = await askerFor(question, options);
    return await withinTime(ask, options);
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}

function withinTime(ask: Ask, { timeoutMs, signal }: ProbeOptions): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const end = (result: ProbeResult): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      resolve(result);
    };
    const breakOff = (why: string): void => {
      end({ ok: false, why });
      stop();
    };
    const abort = (): void => breakOff("broken off");
    const timer = setTimeout(() => breakOff(`no answer within ${timeoutMs} ms`), timeoutMs);
    signal?.addEventListener("abort", abort);
    const stop = ask(end);
    if (signal?.aborted === true) abort();
  });
}

async function askerFor(question: Probe, options: ProbeOptions): Promise<Ask> {
  switch (question.type) {
    case "http":
      return askHttp(question.url);
    case "tcp":
      return askTcp(question.host, question.port);
    case "command":
      return askCommand(question.command, options);
  }
}

// loaded when needed: who starts a service without such a probe does not pay for it
async function askHttp(url: string): Promise<Ask> {
  const { get } = url.startsWith("https:") ? await import("node:https") : await import("node:http");
  return (answer) => {
    const request = get(url, { agent: false }, (response) => {
      const { statusCode: status = 0 } = response;
      response.resume();
      request.destroy(); // a body may never end
      answer(status >= 200 && status < 400 ? OK : { ok: false, why: `answered ${status}` });
    });
    request.on("error", ({ message }) => answer({ ok: false, why: message }));
    return () => request.destroy();
  };
}

async function askTcp(host: string, port: number): Promise<Ask> {
  const { connect } = await import("node:net");
  return (answer) => {
    const socket = connect({ host, port });
    socket.on("connect", () => {
      answer(OK);
      socket.destroy();
    });
    socket.on("error", ({ message }) => answer({ ok: false, why: message }));
    return () => socket.destroy();
  };
}

function askCommand(
  [program = "", ...args]: readonly string[],
  { cwd, environment }: ProbeOptions,
): Ask {
  return (answer) => {
    // a group of its own, so that all of it can be ended
    const child = spawn(program, args, { cwd, env: environment, stdio: "ignore", detached: true });
    let isOver = false;
    child.on("error", ({ message }) => answer({ ok: false, why: message }));
    child.on("exit", (code, signal) => {
      isOver = true;
      const how = signal === null ? `exit status ${code}` : `killed by ${signal}`;
      answer(code === 0 ? OK : { ok: false, why: how });
    });
    return () => {
      // until its end was seen, its pid is nobody else's
      if (!isOver && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    };
  };
}
