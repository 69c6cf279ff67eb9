import type { IncomingMessage, ServerResponse } from "node:http";
import { PATH } from "./door.ts";

/** The request as the SDK wants it: method and headers. Its body is read by us. */
export function webRequest({ method = "", headersDistinct }: IncomingMessage): Request {
  const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  // the address is for nobody: what a request was for has been looked at
  return new Request(`http://localhost${PATH}`, { method, headers });
}

/** Hears of answers that their readers do not take fast enough. */
export interface Backlog {
  /** This one waits for its reader. */
  begin(response: ServerResponse): void;
  /** It does not any more. */
  end(response: ServerResponse): void;
}

/** Whoever takes nothing for so long is left. */
const STALLED_MS = 30_000;
const PIECE_BYTES = 64 * 1024;

/**
 * Sends the SDK's answer as fast as its reader takes it. Resolves when it is over, in whichever way.
 * @returns whether it was sent to its end
 */
export async function sendAnswer(
  answer: Response,
  response: ServerResponse,
  backlog: Backlog,
): Promise<boolean> {
  const reader = answer.body?.getReader();
  let isWhole = false;
  const isOver = new Promise<void>((resolve) => {
    response.once("finish", () => (isWhole = true));
    response.once("close", () => {
      void reader?.cancel();
      resolve();
    });
  });
  const headers = [...answer.headers].filter(([name]) => name !== "connection");
  if (!response.destroyed) {
    response.writeHead(answer.status, Object.fromEntries(headers)).flushHeaders();
  }
  if (reader !== undefined) await pass(reader, response, backlog);
  if (response.destroyed) {
    await reader?.cancel();
    return false;
  }
  response.end();
  await isOver;
  return isWhole;
}

async function pass(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  response: ServerResponse,
  backlog: Backlog,
): Promise<void> {
  while (!response.destroyed) {
    const { done, value } = await reader.read();
    if (done) return;
    // in pieces, so that who reads slowly is told from who does not read
    for (let at = 0; at < value.length && !response.destroyed; at += PIECE_BYTES) {
      if (response.write(value.subarray(at, at + PIECE_BYTES))) continue;
      backlog.begin(response);
      await drained(response);
      backlog.end(response);
    }
  }
}

/** Resolves when the reader has taken what was sent, or is gone, or was left. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), STALLED_MS);
    const done = (): void => {
      clearTimeout(timer);
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
    if (response.destroyed) done();
  });
}
