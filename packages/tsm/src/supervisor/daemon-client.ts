import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { isSystemError, nodeFileSystem } from "@tetra/durable-fs";
import { TetraError } from "@tetra/errors";
import { isRecord, type Unchecked } from "../files/lenient.ts";
import type { DaemonStatus, ServicesAnswer } from "./answers.ts";
import { type DaemonRecord, isDaemonAlive, readDaemonRecord } from "./daemon-files.ts";
import type { SupervisorErrorCode } from "./errors.ts";

/** Talks to the daemon of a folder. */
export interface DaemonClient {
  /** Who it is. @throws TetraError `DAEMON_NOT_RUNNING`, `DAEMON_UNREACHABLE` */
  status(): Promise<DaemonStatus>;
  /** What it looks after. @throws TetraError `DAEMON_NOT_RUNNING`, `DAEMON_UNREACHABLE` */
  services(): Promise<ServicesAnswer>;
  /**
   * What happens from now on, until the signal or the daemon's end. The first, `hello`, says that it has
   * begun.
   * @throws TetraError `DAEMON_NOT_RUNNING`, `DAEMON_UNREACHABLE`
   */
  events(signal?: AbortSignal): AsyncIterable<DaemonEvent>;
  /** Asks it to end. @throws TetraError `DAEMON_NOT_RUNNING`, `DAEMON_UNREACHABLE` */
  stop(): Promise<void>;
  /** Asks what an app's extension answers. @throws TetraError `DAEMON_NOT_RUNNING`, `DAEMON_UNREACHABLE` */
  ask(method: "GET" | "POST", path: string): Promise<Readonly<Record<string, unknown>>>;
}

/** A line of `GET /v1/events`. */
export interface DaemonEvent {
  /** `hello`, `state`, or one of the history's. */
  readonly event: string;
  readonly name?: string;
  readonly [detail: string]: unknown;
}

const TIMEOUT_MS = 5000;

/** The client for the daemon of `$TETRA_DIR/tsm`. Connects at each call. */
export function daemonClient(folder: string): DaemonClient {
  const ask = async (method: string, path: string): Promise<Unchecked> => {
    const response = await request(folder, {
      method,
      path,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = JSON.parse(await text(response));
    if (!isRecord(body) || response.statusCode === undefined || response.statusCode >= 300) {
      throw unreachable(folder, `it answered ${response.statusCode}`);
    }
    return body;
  };
  return {
    ask,
    async status() {
      const body = await ask("GET", "/v1/status");
      if (isStatus(body)) return body;
      throw unreachable(folder, "it answers in other words");
    },
    async services() {
      const body = await ask("GET", "/v1/services");
      if (isServices(body)) return body;
      throw unreachable(folder, "it answers in other words");
    },
    async *events(signal) {
      const response = await request(folder, { method: "GET", path: "/v1/events", signal });
      const lines = createInterface({ input: response, crlfDelay: Infinity });
      try {
        for await (const line of lines) {
          const event: unknown = JSON.parse(line);
          if (isDaemonEvent(event)) yield event;
        }
      } catch (error) {
        if (signal?.aborted !== true && !isSystemError(error, "ECONNRESET")) throw error;
      } finally {
        response.destroy();
      }
    },
    async stop() {
      await ask("POST", "/v1/stop");
    },
  };
}

// what answers is our own program behind a private socket: its kind is checked, not each field

function isStatus(body: object): body is DaemonStatus {
  return "pid" in body && typeof body.pid === "number" && "tetra_dir" in body;
}

function isServices(body: object): body is ServicesAnswer {
  return "services" in body && Array.isArray(body.services) && "tetra_dir" in body;
}

function isDaemonEvent(value: unknown): value is DaemonEvent {
  return isRecord(value) && typeof value["event"] === "string";
}

interface Asking {
  readonly method: string;
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

async function request(folder: string, { method, path, signal }: Asking): Promise<IncomingMessage> {
  const { socket } = requireDaemon(folder);
  const { request: ask } = await import("node:http");
  return new Promise((resolve, reject) => {
    const asked = ask(
      { socketPath: socket, method, path, host: "localhost", agent: false },
      resolve,
    );
    const abort = (): void => void asked.destroy(new Error("it did not answer in time"));
    if (signal?.aborted === true) abort();
    signal?.addEventListener("abort", abort, { once: true });
    asked.on("error", (error) => reject(unreachable(folder, error.message)));
    asked.end();
  });
}

/** @throws TetraError `DAEMON_NOT_RUNNING` */
function requireDaemon(folder: string): DaemonRecord {
  const fs = nodeFileSystem();
  const record = isDaemonAlive(fs, folder) ? readDaemonRecord(fs, folder) : undefined;
  if (record !== undefined) return record;
  throw new TetraError<SupervisorErrorCode>(
    "DAEMON_NOT_RUNNING",
    `no daemon looks after ${folder}`,
    {
      hint: "start it: tetrad start",
      details: { folder },
    },
  );
}

function unreachable(folder: string, why: string): TetraError<SupervisorErrorCode> {
  return new TetraError("DAEMON_UNREACHABLE", `the daemon of ${folder} cannot be asked: ${why}`, {
    hint: "services are not touched by this; tetrad stop and tetrad start begin anew",
    details: { folder },
  });
}
