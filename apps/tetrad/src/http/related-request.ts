import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type RequestId,
} from "@modelcontextprotocol/server";

/** The requests of a client that are not answered yet, each with the token for its progress. */
export type OpenRequests = Map<RequestId, unknown>;

/** Notes what a client sends: its requests, and that it does not want an answer any more. */
export function noteSent(open: OpenRequests, message: JSONRPCMessage): void {
  if (isJSONRPCRequest(message)) {
    const { _meta: meta } = message.params ?? {};
    open.set(message.id, meta?.progressToken);
  }
  if (isJSONRPCNotification(message) && message.method === "notifications/cancelled") {
    const id = message.params?.["requestId"];
    if (typeof id === "string" || typeof id === "number") open.delete(id);
  }
}

/**
 * Which request of the client a message of the server belongs to, so that it goes where the client
 * waits. Over stdio nothing says so: progress has its token, and what the server itself asks for can
 * only be for the one request that is open. Everything else goes to whoever listens in general.
 */
export function relatedRequest(open: OpenRequests, message: JSONRPCMessage): RequestId | undefined {
  if (isJSONRPCRequest(message)) return open.size === 1 ? [...open.keys()][0] : undefined;
  if (!isJSONRPCNotification(message) || message.method !== "notifications/progress") {
    return undefined;
  }
  const token = message.params?.["progressToken"];
  return [...open].find(([, wanted]) => wanted !== undefined && wanted === token)?.[0];
}

/** Notes what the server sends: its answers. */
export function noteAnswered(open: OpenRequests, message: JSONRPCMessage): void {
  const isAnswer = isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message);
  if (isAnswer && message.id !== undefined) open.delete(message.id);
}
