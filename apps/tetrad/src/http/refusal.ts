import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** Why a request is not carried out, in the words of HTTP and of JSON-RPC. */
export interface Refusal {
  /** Of HTTP. */
  readonly status: number;
  /** Stable, for programs. */
  readonly reason: string;
  /** One line, for people. */
  readonly message: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** A refusal without headers of its own. */
export function refused(status: number, reason: string, message: string): Refusal {
  return { status, reason, message };
}

/** What the SDK says for whatever has no code of its own in JSON-RPC. */
const SERVER_ERROR = -32_000;

/** The body of a refusal: a JSON-RPC error that answers no request in particular. */
export function bodyOf({ reason, message }: Refusal): string {
  const error = { code: SERVER_ERROR, message, data: { reason } };
  return `${JSON.stringify({ jsonrpc: "2.0", error, id: null })}\n`;
}

/** Whoever is refused is not read for longer. */
const LAST_WORDS_MS = 1000;

/** Answers with a refusal. What is left of the request is not waited for. */
export function refuse(response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { req: request, socket } = response;
  const body = bodyOf(refusal);
  const isWhole = request.complete || isBodiless(request.headers);
  response.writeHead(refusal.status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    ...(isWhole ? {} : { connection: "close" }),
    ...refusal.headers,
  });
  response.end(body);
  if (isWhole) return;
  // closed at once, the answer would be lost on its way to who still sends
  request.resume();
  const timer = setTimeout(() => socket?.destroy(), LAST_WORDS_MS);
  socket?.once("close", () => clearTimeout(timer));
}

function isBodiless(headers: NodeJS.Dict<string | string[]>): boolean {
  return headers["transfer-encoding"] === undefined && (headers["content-length"] ?? "0") === "0";
}
