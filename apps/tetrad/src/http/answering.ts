import type { IncomingMessage, ServerResponse } from "node:http";
import type { TokenBook } from "../tokens/token-book.ts";
import type { UseNotes } from "../tokens/token-uses.ts";
import { type Caller, callerOf } from "./caller.ts";
import { refusalOf } from "./door.ts";
import type { Answer } from "./http-server.ts";
import { readBody } from "./read-body.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

/** What answering works with. */
export interface AnsweringOptions {
  readonly book: TokenBook;
  readonly notes: UseNotes;
  /** Names of this machine that requests may be for. */
  readonly hosts: ReadonlySet<string>;
  /** The sessions, loaded when they are wanted for the first time. */
  readonly sessions: () => Promise<Sessions>;
  /** For people: a line. */
  readonly say: (text: string) => void;
}

/** Who is answered. */
export interface Answering {
  /** Whoever comes over the network: is looked at, and shows a token. */
  readonly stranger: Answer;
  /** The user, over a socket that nobody else can open. */
  readonly owner: Answer;
}

/** So many may begin a session at once, each with a message of so many bytes. */
const MOST_OPENING = 64;
const MOST_OPENING_BYTES = 256 * 1024;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Opened {
  readonly session: Session;
  readonly body: unknown;
}

/** Answers requests: finds out who asks, and hands them to his session. */
export function answering({ book, notes, hosts, sessions, say }: AnsweringOptions): Answering {
  let opening = 0;

  async function carryOut(exchange: Exchange, caller: Caller): Promise<void> {
    const { request, response } = exchange;
    try {
      const id = request.headers["mcp-session-id"];
      if (id === undefined) return await begin(exchange, caller);
      const session = (await sessions()).find(String(id), caller);
      if (session === undefined) return refuse(response, UNKNOWN_SESSION);
      await session.answer(request, response);
    } catch (error) {
      // a connection that breaks is how many requests end
      if (response.destroyed || request.destroyed) return;
      say(`a request failed: ${error instanceof Error ? (error.stack ?? error.message) : "?"}`);
      refuse(response, { status: 500, reason: "BUG", message: "a mistake in tetrad" });
    }
  }

  async function begin({ request, response }: Exchange, caller: Caller): Promise<void> {
    if (request.method !== "POST") return refuse(response, SESSION_WANTED);
    if (opening >= MOST_OPENING) return refuse(response, TOO_MANY_OPENING);
    opening += 1;
    const begun = await open({ request, response }, caller).finally(() => (opening -= 1));
    if ("reason" in begun) return refuse(response, begun);
    const isKnown = await begun.session.answer(request, response, begun.body);
    // refused for its headers, or not heard to the end: nobody knows its id
    if (!isKnown) await begun.session.end();
  }

  async function open({ request, response }: Exchange, caller: Caller): Promise<Opened | Refusal> {
    const body = await readBody(request, response, MOST_OPENING_BYTES);
    if (body.type === "refused") return body.refusal;
    const { isInitializeRequest } = await import("@modelcontextprotocol/server");
    if (!isInitializeRequest(body.value)) return SESSION_WANTED;
    const session = await (await sessions()).start(caller, () => !response.destroyed);
    return "reason" in session ? session : { session, body: body.value };
  }

  return {
    stranger(request, response) {
      const { method = "", url = "", headersDistinct: headers } = request;
      const refusal = refusalOf({ method, url, headers }, hosts);
      if (refusal !== undefined) return refuse(response, refusal);
      const caller = callerOf(request.headers.authorization, book);
      if ("reason" in caller) return refuse(response, caller);
      if (caller.type === "token") notes.note(caller.token.name);
      void carryOut({ request, response }, caller);
    },
    owner: (request, response) => void carryOut({ request, response }, { type: "owner" }),
  };
}

const UNKNOWN_SESSION: Refusal = {
  status: 404,
  reason: "UNKNOWN_SESSION",
  message: "there is no such session; begin a new one with initialize",
};
const SESSION_WANTED: Refusal = {
  status: 400,
  reason: "SESSION_WANTED",
  message: "a session begins with a POST of initialize; its id goes into Mcp-Session-Id after that",
};
const TOO_MANY_OPENING: Refusal = {
  status: 503,
  reason: "TOO_MANY_REQUESTS",
  message: "too many sessions are being begun; try again",
  headers: { "retry-after": "1" },
};
