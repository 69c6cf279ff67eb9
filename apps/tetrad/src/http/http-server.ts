import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { Duplex } from "node:stream";
import { bodyOf, type Refusal } from "./refusal.ts";

/** Carries a request out. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Certificate and key, in PEM. */
export interface Tls {
  readonly cert: Buffer;
  readonly key: Buffer;
}

const MOST_CONNECTIONS = 512;
// whoever says nothing, or says it slowly, is left
const LIMITS: ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1000,
  keepAliveTimeout: 15_000,
};

/** A server with limits, which does not listen yet. */
export async function httpServer(answer: Answer, tls: Tls | undefined): Promise<Server> {
  const answering = new WeakSet<Duplex>();
  const answerOne: Answer = (request, response) => {
    answering.add(request.socket);
    response.on("close", () => answering.delete(request.socket));
    answer(request, response);
  };
  const server =
    tls === undefined
      ? createServer(LIMITS, answerOne)
      : (await import("node:https")).createServer(
          { ...LIMITS, ...tls, minVersion: "TLSv1.2" },
          answerOne,
        );
  server.maxConnections = MOST_CONNECTIONS;
  // a body is asked for when its sender may be heard, not before
  server.on("checkContinue", answerOne);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    // in the middle of an answer another one would be taken for a part of it
    if (answering.has(socket) || !socket.writable) socket.destroy();
    else socket.end(lastWords(REFUSALS[error.code ?? ""] ?? MALFORMED));
  });
  return server;
}

const MALFORMED: Refusal = { status: 400, reason: "NOT_HTTP", message: "this is not HTTP/1.1" };
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    reason: "HEADERS_TOO_LARGE",
    message: `headers may have ${LIMITS.maxHeaderSize} bytes`,
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    reason: "TOO_SLOW",
    message: "the request did not come in time",
  },
};

function lastWords(refusal: Refusal): string {
  const body = bodyOf(refusal);
  return [
    `HTTP/1.1 ${refusal.status} ${refusal.reason}`,
    "connection: close",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}
