import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type JSONRPCMessage,
  isJSONRPCRequest,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { type Caller } from "./caller.ts";
import { eventMemory } from "./event-memory.ts";
import { type McpChildEnd, startMcpChild } from "./mcp-child.ts";
import { type Body, MOST_BODY_BYTES, readBody } from "./read-body.ts";
import { type Refusal, refuse, refused } from "./refusal.ts";
import { noteAnswered, noteSent, type OpenRequests, relatedRequest } from "./related-request.ts";
import { type Backlog, sendAnswer, webRequest } from "./web-bridge.ts";

// What a session keeps:
//
// E1. It is one child, and belongs to one caller. Whoever else names it hears that it does not exist.
// E2. It ends when the client says so (DELETE), when nobody has been connected to it for a while, when its
//     token does not count any more, when its child dies, and with the gateway; and the child with it.
// E3. A client that is not answered because the child died hears an error, once for each open request.
// E4. Whatever is held for a slow reader is bounded: messages of the client are read one after the other,
//     and only when the child has read the one before; the child is not listened to while an answer waits
//     for its reader.
// E5. Nothing of a message is written anywhere.

/** What a session is made of. */
export interface SessionOptions {
  readonly id: string;
  readonly caller: Caller;
  /** The program that serves it, with its arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly now: () => number;
  /** It is over, though its child may still be ending; why, when nobody wished it. Called once. */
  readonly onOver: (fault?: string) => void;
}

/** A client and the server that was started for it. */
export interface Session {
  readonly id: string;
  readonly caller: Caller;
  /** Since when nobody is connected to it; `undefined` while somebody is. */
  idleSinceMs(): number | undefined;
  /** Resolves when its child has said something, or has ended: the expensive part of a start is over. */
  readonly begun: Promise<void>;
  /**
   * Carries a request out; `body`, when it was read already. Resolves when the answer is over.
   * @returns whether it was carried out, and answered to the end
   */
  answer(request: IncomingMessage, response: ServerResponse, body?: unknown): Promise<boolean>;
  /** Ends it. Resolves when its child is gone. */
  end(haste?: "at once"): Promise<void>;
}

/** A server that has said nothing after so long will not do so. */
const START_MS = 30_000;
/** A client that breaks off comes back after so long. */
const RETRY_MS = 1000;
/** So many requests may be under way in one session. */
const MOST_REQUESTS = 64;

/** Starts a session; the first request to answer is the client's `initialize`. */
export function startSession(options: SessionOptions): Session {
  const { id, caller, command, cwd, environment, now, onOver } = options;
  const open: OpenRequests = new Map();
  const waiting = new Set<ServerResponse>();
  let connected = 0;
  let idleSinceMs = now();
  let turn: Promise<unknown> = Promise.resolve();
  let isOver = false;
  let hasBegun = (): void => {};
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve;
  });
  const startTimer = setTimeout(() => child.end("at once"), START_MS);
  void begun.then(() => clearTimeout(startTimer));

  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => id,
    eventStore: eventMemory(),
    retryInterval: RETRY_MS,
    maxRequestBodySize: MOST_BODY_BYTES,
  });
  const child = startMcpChild({
    command,
    cwd,
    environment,
    onMessage(message) {
      hasBegun();
      const related = relatedRequest(open, message);
      noteAnswered(open, message);
      void tell(message, related);
    },
    onEnd(childEnd) {
      hasBegun();
      const told = [...open.keys()].map((request) => tell(childIsGone(request, childEnd)));
      open.clear();
      // with their streams closed first, they would not hear it
      void Promise.all(told).then(() => over(childEnd.how));
    },
  });
  // the SDK's own way to be told: not events
  Object.assign(transport, {
    onmessage(message: JSONRPCMessage): void {
      child.send(message);
      noteSent(open, message);
    },
    // by itself, when the client says DELETE
    onclose: () => void end(),
  });
  const backlog: Backlog = {
    begin(response) {
      waiting.add(response);
      child.pause();
    },
    end(response) {
      waiting.delete(response);
      if (waiting.size === 0) child.resume();
    },
  };

  /** Rejected is what nobody waits for any more. */
  async function tell(message: JSONRPCMessage, relatedRequestId?: string | number): Promise<void> {
    const to = relatedRequestId === undefined ? {} : { relatedRequestId };
    await Promise.allSettled([transport.send(message, to)]);
  }

  function over(fault?: string): void {
    if (isOver) return;
    isOver = true;
    onOver(fault);
  }

  function end(haste?: "at once"): Promise<void> {
    over();
    child.end(haste);
    void transport.close();
    return child.ended;
  }

  /** Bodies one after the other, and each only when the child has read what was sent before (E4). */
  function bodyOf(request: IncomingMessage, response: ServerResponse): Promise<Body | undefined> {
    const read = turn.then(async () => {
      if (response.destroyed || !(await child.hasRead())) return undefined;
      return readBody(request, response);
    });
    turn = read.catch(() => {}); // whose connection broke holds nobody up
    return read;
  }

  async function answerOf(
    request: IncomingMessage,
    response: ServerResponse,
    given: unknown,
  ): Promise<Response | Refusal> {
    if (connected > MOST_REQUESTS) return refused(503, "TOO_MANY_REQUESTS", "too many at once");
    let parsedBody = given;
    if (given === undefined && request.method === "POST") {
      const body = await bodyOf(request, response);
      if (body === undefined) return refused(404, "UNKNOWN_SESSION", "the session has ended");
      if (body.type === "refused") return body.refusal;
      parsedBody = body.value;
    }
    const repeated = repeatedId(parsedBody, open);
    if (repeated) return refused(400, "ID_IN_USE", "another request with this id is under way");
    return transport.handleRequest(webRequest(request), { parsedBody });
  }

  return {
    id,
    caller,
    begun,
    idleSinceMs: () => (connected === 0 ? idleSinceMs : undefined),
    async answer(request, response, given) {
      connected += 1;
      try {
        const answer = await answerOf(request, response, given);
        if (!("reason" in answer)) {
          return (await sendAnswer(answer, response, backlog)) && answer.ok;
        }
        refuse(response, answer);
        return false;
      } finally {
        connected -= 1;
        idleSinceMs = now();
      }
    },
    end,
  };
}

/** Whether a message asks again under an id whose answer is still to come: both would get the same one. */
function repeatedId(body: unknown, open: OpenRequests): boolean {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
  const ids = messages.flatMap((message) => (isJSONRPCRequest(message) ? [message.id] : []));
  return new Set(ids).size < ids.length || ids.some((id) => open.has(id));
}

/** Of JSON-RPC: an error of the server's own. */
const INTERNAL_ERROR = -32_603;

function childIsGone(id: string | number, { how, said }: McpChildEnd): JSONRPCMessage {
  const why = said === "" ? how : `${how}: ${said}`;
  const message = `the session has ended, because of what serves it, ttm mcp: ${why}`;
  return { jsonrpc: "2.0", id, error: { code: INTERNAL_ERROR, message } };
}
