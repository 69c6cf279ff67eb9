import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { DaemonStatus, ServiceRow } from "./answers.ts";
import type { DaemonExtension } from "./daemon-extension.ts";
import type { SupervisorEvent } from "./supervisor.ts";

/** What a daemon can be asked. */
export interface DaemonVoice {
  readonly tetraDir: string;
  status(): Omit<DaemonStatus, "tetra_dir">;
  services(): readonly ServiceRow[];
  subscribe(listener: (event: SupervisorEvent) => void): () => void;
  /** Somebody wants it to end. */
  stop(): void;
  /** Has requests first. */
  readonly extension: DaemonExtension | undefined;
}

/** What listens. */
export interface DaemonServer {
  close(): void;
}

/** Whoever does not read what happens is left behind: it is not kept for him. */
const MOST_UNREAD_BYTES = 1024 * 1024;
const MOST_CONNECTIONS = 64;
const IDLE_MS = 30_000;
/** The name of the host means nothing on a socket of the file system; a browser's would be another. */
const HOSTS: ReadonlySet<string> = new Set(["localhost", "tetrad", ""]);

/**
 * Answers on a Unix socket, over HTTP. The path's folder is private; whoever calls holds the daemon's
 * lock, so that a socket that is there is nobody's.
 */
export async function serveDaemon(path: string, voice: DaemonVoice): Promise<DaemonServer> {
  const sockets = new Set<Socket>();
  let http: Promise<Server> | undefined;

  // HTTP is loaded when somebody connects: it would be a twentieth of the daemon's memory
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    http ??= loadHttp(voice);
    void http.then((loaded) => loaded.emit("connection", socket));
  });
  server.maxConnections = MOST_CONNECTIONS;
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return {
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      rmSync(path, { force: true });
    },
  };
}

async function loadHttp(voice: DaemonVoice): Promise<Server> {
  const { createServer: createHttpServer } = await import("node:http");
  return createHttpServer((request, response) => answer(voice, request, response));
}

function answer(voice: DaemonVoice, request: IncomingMessage, response: ServerResponse): void {
  const { method = "", url = "" } = request;
  const { tetraDir: tetra_dir } = voice;
  const say = (status: number, body: object): void => {
    const text = `${JSON.stringify({ tetra_dir, ...body })}\n`;
    response.writeHead(status, { "content-type": "application/json" }).end(text);
  };
  const refuse = (status: number, code: string, message: string): void =>
    say(status, { error: { code, message } });

  if (!isForeign(request) && voice.extension?.answer(request, response) === true) return;
  request.resume();
  if (isForeign(request)) return refuse(403, "FOREIGN_ORIGIN", "only local programs are answered");
  const route = ROUTES.find((candidate) => candidate.url === url);
  if (route === undefined) return refuse(404, "UNKNOWN_ROUTE", `there is no ${url}`);
  if (route.method !== method) return refuse(405, "WRONG_METHOD", `${url} wants ${route.method}`);
  return route.answer({ voice, say, response });
}

/** Web pages send where they come from; a host's name in a browser's request is the attacker's. */
function isForeign({ headers }: IncomingMessage): boolean {
  const [host = ""] = (headers.host ?? "").split(":");
  return headers.origin !== undefined || !HOSTS.has(host);
}

interface Asked {
  readonly voice: DaemonVoice;
  readonly say: (status: number, body: object) => void;
  readonly response: ServerResponse;
}

interface Route {
  readonly method: string;
  readonly url: string;
  readonly answer: (asked: Asked) => void;
}

const ROUTES: readonly Route[] = [
  { method: "GET", url: "/v1/status", answer: ({ voice, say }) => say(200, voice.status()) },
  {
    method: "GET",
    url: "/v1/services",
    answer: ({ voice, say }) => say(200, { services: voice.services() }),
  },
  { method: "GET", url: "/v1/events", answer: tellEvents },
  {
    method: "POST",
    url: "/v1/stop",
    answer({ voice, say, response }) {
      response.on("finish", () => voice.stop());
      say(202, {});
    },
  },
];

function tellEvents({ voice, response }: Asked): void {
  const { socket } = response;
  socket?.setTimeout(0);
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.write(`${JSON.stringify({ tetra_dir: voice.tetraDir, event: "hello" })}\n`);
  const unsubscribe = voice.subscribe((event) => {
    if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
    else
      response.write(
        `${JSON.stringify({ tetra_dir: voice.tetraDir, ts_ms: Date.now(), ...event })}\n`,
      );
  });
  response.on("close", unsubscribe);
}
