import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import type { DaemonExtension, HttpStatus } from "@tetra/tsm/supervisor";
import { configFolder } from "../config-folder.ts";
import { findTtm } from "./find-ttm.ts";
import { type GatewayOrders, type GatewayState, lineReader } from "./gateway-words.ts";

// The daemon's part of serving agents: the gateway, a process of its own, is started when it is wanted,
// started again when it dies, and ended. What weighs anything is in that process, or loaded when used.

/** What the keeper of a gateway works with. */
export interface GatewayKeeperOptions {
  readonly tetraDir: string;
  /** The daemon's socket. */
  readonly socket: string;
  /** This program's own path. */
  readonly program: string;
  /** For people: a line. */
  readonly say: (text: string) => void;
}

const FIRST_WAIT_MS = 200;
const LAST_WAIT_MS = 30_000;
/** What has lived so long was not started in vain. */
const STABLE_MS = 60_000;
/** Whoever asks how it went is told how far it is after so long. */
const PATIENCE_MS = 4000;
const END_MS = 4500;

interface Running {
  readonly child: ChildProcess;
  /** Where it answers for the daemon. */
  readonly socket: string;
  readonly startedAtMs: number;
  /** The first that it tells, or its end. */
  readonly settled: Promise<void>;
  readonly ended: Promise<void>;
}

/** Keeps the gateway of a daemon. */
export function gatewayKeeper(options: GatewayKeeperOptions): DaemonExtension {
  const { tetraDir, socket, program, say } = options;
  let running: Running | undefined;
  let state: GatewayState | undefined;
  let isWanted = false;
  let isClosing = false;
  let waitMs = FIRST_WAIT_MS;
  let restart: NodeJS.Timeout | undefined;
  let turn: Promise<void> = Promise.resolve();
  let begin = (): void => {};
  // the socket answers a moment before the daemon has begun
  const hasBegun = new Promise<void>((resolve) => {
    begin = resolve;
  });

  function launch(): Running {
    const gateway = join(dirname(realpathSync(program)), "gateway.cjs");
    const ownSocket = newSocket(dirname(socket));
    const child: ChildProcess = spawn(process.execPath, [gateway], {
      cwd: "/",
      // signals of a terminal are for the daemon, which ends it in order
      detached: true,
      stdio: ["pipe", "pipe", 2],
    });
    const orders: GatewayOrders = { tetraDir, socket: ownSocket, ttm: findTtm(program) };
    child.stdin?.on("error", () => {}); // its end says so
    child.stdin?.write(`${JSON.stringify(orders)}\n`);
    let settle = (): void => {};
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const onLine = lineReader((line) => {
      const told: GatewayState = JSON.parse(line); // our own program's, over a pipe that nobody else has
      if (running?.child === child) state = told;
      settle();
    });
    child.stdout?.setEncoding("utf8").on("data", onLine);
    const ended = new Promise<void>((resolve) => {
      child.on("error", ({ message }) => onEnd(`cannot be started: ${message}`));
      child.on("exit", (status, signal) => onEnd(signal ?? `status ${status}`));
      function onEnd(how: string): void {
        settle();
        resolve();
        if (running?.child === child) noteEnd(how);
      }
    });
    return { child, socket: ownSocket, startedAtMs: performance.now(), settled, ended };
  }

  function noteEnd(how: string): void {
    const livedMs = performance.now() - (running?.startedAtMs ?? 0);
    running = undefined;
    state = undefined;
    if (!isWanted || isClosing) return;
    say(`what serves agents has ended (${how}); it is started again`);
    waitMs = livedMs >= STABLE_MS ? FIRST_WAIT_MS : waitMs;
    restart = setTimeout(() => void inTurn(async () => void ensure()), waitMs).unref();
    waitMs = Math.min(waitMs * 2, LAST_WAIT_MS);
  }

  function ensure(): Running {
    clearTimeout(restart);
    return (running ??= launch());
  }

  async function end(): Promise<void> {
    clearTimeout(restart);
    const ending = running;
    running = undefined;
    state = undefined;
    if (ending === undefined) return;
    ending.child.stdin?.end();
    const timer = setTimeout(() => ending.child.kill("SIGKILL"), END_MS);
    await ending.ended;
    clearTimeout(timer);
  }

  /** Begins anew with what the settings say now. */
  async function reload(): Promise<void> {
    isWanted = wantsHttp(tetraDir);
    waitMs = FIRST_WAIT_MS;
    await end();
    if (isWanted && !isClosing) ensure();
  }

  /** One after the other. Whatever goes wrong with it, services are looked after. */
  function inTurn(act: () => Promise<void>): Promise<void> {
    turn = turn.then(act).catch((error: unknown) => {
      say(`agents are not served: ${error instanceof Error ? error.message : String(error)}`);
    });
    return turn;
  }

  function http(): HttpStatus | undefined {
    if (state !== undefined) return state;
    return isWanted ? { urls: [], sessions: 0, problem: "it is being started" } : undefined;
  }

  async function tellStatus(response: ServerResponse): Promise<void> {
    await hasBegun;
    await turn;
    await Promise.race([running?.settled, afterAWhile(PATIENCE_MS)]);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(`${JSON.stringify({ tetra_dir: tetraDir, http: http() })}\n`);
  }

  async function handOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isClosing) return void response.destroy();
    const { handOn: hand } = await import("./hand-on.ts");
    await hasBegun;
    await inTurn(async () => void ensure());
    await running?.settled;
    hand({ request, response }, running?.socket ?? "");
  }

  return {
    start() {
      void inTurn(reload);
      begin();
    },
    http,
    warnings() {
      const problem = state?.problem;
      return problem === undefined ? [] : [`agents are not served over HTTP: ${problem}`];
    },
    answer(request, response) {
      const { method, url } = request;
      // an upgrade may have removed what is loaded only now
      const giveUp = (): void => void response.destroy();
      if (url === "/mcp") handOn(request, response).catch(giveUp);
      else if (url === "/v1/http" && (method === "GET" || method === "POST")) {
        request.resume();
        if (method === "POST") void inTurn(reload);
        tellStatus(response).catch(giveUp);
      } else return false;
      return true;
    },
    close() {
      isClosing = true;
      return inTurn(end);
    },
  };
}

/** Whether there are settings for it; those that cannot be read are the gateway's to refuse. */
function wantsHttp(tetraDir: string): boolean {
  try {
    const config: unknown = JSON.parse(
      readFileSync(join(configFolder(tetraDir), "tetrad.json"), "utf8"),
    );
    return typeof config !== "object" || config === null || "http" in config;
  } catch (error) {
    return error instanceof SyntaxError;
  }
}

/**
 * A free path beside the daemon's socket, no longer than that. Those of gateways before are removed, and
 * not used again at once: one that is still about to end removes its own.
 */
function newSocket(folder: string): string {
  const taken = readdirSync(folder).filter((name) => /^m\d$/.test(name));
  const free = Array.from({ length: 10 }, (_, digit) => `m${digit}`).find(
    (name) => !taken.includes(name),
  );
  for (const name of taken) rmSync(join(folder, name), { force: true });
  return join(folder, free ?? "m0");
}

function afterAWhile(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
