import type { IncomingMessage, ServerResponse } from "node:http";
import { type Refusal, refused } from "./refusal.ts";

/** What the body of a request says, or why it is not taken. */
export type Body =
  | { readonly type: "json"; readonly value: unknown }
  | { readonly type: "refused"; readonly refusal: Refusal };

/** A message of JSON-RPC may have so many bytes. */
export const MOST_BODY_BYTES: number = 4 * 1024 * 1024;

/** Reads a body of JSON, of which no more than `mostBytes` are ever kept. Rejects when the connection breaks. */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  mostBytes: number = MOST_BODY_BYTES,
): Promise<Body> {
  const { headers } = request;
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") {
    return refusedBody(415, "NOT_JSON", "the body must be application/json");
  }
  if (headers["content-encoding"] !== undefined) {
    return refusedBody(415, "ENCODED", "the body must not be compressed");
  }
  if (Number(headers["content-length"] ?? 0) > mostBytes) return tooLarge(mostBytes);
  if (headers.expect !== undefined) response.writeContinue();
  const chunks: Buffer[] = [];
  let bytes = 0;
  // what is left of it is not waited for: whoever refuses closes the connection
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const piece: Buffer = chunk;
    bytes += piece.length;
    if (bytes > mostBytes) return tooLarge(mostBytes);
    chunks.push(piece);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
    return { type: "json", value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      return refusedBody(400, "NOT_JSON", "the body is not JSON");
    }
    throw error;
  }
}

function tooLarge(mostBytes: number): Body {
  return refusedBody(413, "TOO_LARGE", `this message may have ${mostBytes} bytes`);
}

function refusedBody(status: number, reason: string, message: string): Body {
  return { type: "refused", refusal: refused(status, reason, message) };
}
