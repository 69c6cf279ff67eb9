import type { JSONRPCMessage } from "@modelcontextprotocol/server";
import { expect, it } from "vitest";
import { noteAnswered, noteSent, type OpenRequests, relatedRequest } from "./related-request.ts";

const asked = (id: number, progressToken?: string): JSONRPCMessage => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name: "x", ...(progressToken === undefined ? {} : { _meta: { progressToken } }) },
});
const progress = (progressToken?: string): JSONRPCMessage => ({
  jsonrpc: "2.0",
  method: "notifications/progress",
  params: { progressToken, progress: 1 },
});
const question: JSONRPCMessage = { jsonrpc: "2.0", id: "q", method: "elicitation/create" };

function open(...messages: readonly JSONRPCMessage[]): OpenRequests {
  const requests: OpenRequests = new Map();
  for (const message of messages) noteSent(requests, message);
  return requests;
}

it("sends progress where its token is waited for", () => {
  const requests = open(asked(1, "a"), asked(2, "b"), asked(3));

  expect(relatedRequest(requests, progress("b"))).toBe(2);
  expect(relatedRequest(requests, progress("c"))).toBeUndefined();
  expect(relatedRequest(requests, progress())).toBeUndefined();
});

it("sends a question where only one request can have led to it", () => {
  expect(relatedRequest(open(asked(1)), question)).toBe(1);
  expect(relatedRequest(open(asked(1), asked(2)), question)).toBeUndefined();
  expect(relatedRequest(open(), question)).toBeUndefined();
});

it("does not wait for what was answered or cancelled", () => {
  const requests = open(asked(1), asked(2), asked(3));

  noteAnswered(requests, { jsonrpc: "2.0", id: 1, result: {} });
  noteSent(requests, {
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 2 },
  });

  expect([...requests.keys()]).toEqual([3]);
});
