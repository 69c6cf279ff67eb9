import { type IncomingMessage, request as ask, type ServerResponse } from "node:http";
import { refuse } from "./refusal.ts";

/** Of the daemon's own connections, so many may be agents': others must get through. */
const MOST = 32;
/** They are about one connection, and another one is made. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "upgrade",
  "transfer-encoding",
  "te",
  "trailer",
  "proxy-authorization",
  "proxy-authenticate",
]);

let handedOn = 0;

/** Hands a request of the daemon's socket on to its gateway, and the answer back. */
export function handOn(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  socketPath: string,
): void {
  if (handedOn >= MOST) {
    refuse(response, {
      status: 503,
      reason: "TOO_MANY_REQUESTS",
      message: "too many agents are connected to the daemon's socket",
    });
    return;
  }
  handedOn += 1;
  const { method = "", url = "", headers: all } = request;
  const headers = Object.fromEntries(Object.entries(all).filter(([name]) => !HOP_BY_HOP.has(name)));
  const asked = ask({ socketPath, method, path: url, headers, agent: false, setHost: false });
  // agents wait for long
  request.socket.setTimeout(0);
  asked.on("response", (answer) => {
    const { statusCode = 502, headers: said } = answer;
    const kept = Object.entries(said).filter(([name]) => !HOP_BY_HOP.has(name));
    response.writeHead(statusCode, Object.fromEntries(kept));
    response.flushHeaders();
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  asked.on("error", () => {
    const message = "what serves agents cannot be reached; try again";
    refuse(response, { status: 503, reason: "UNREACHABLE", message });
  });
  response.on("close", () => {
    handedOn -= 1;
    asked.destroy();
  });
  request.pipe(asked);
}
