import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpStatus } from "./answers.ts";

/** What an app adds to its daemon: further answers on the socket. It lives as long as the daemon. */
export interface DaemonExtension {
  /** The daemon supervises, and holds nothing that a child must not inherit: processes may be started. */
  start(): void;
  /** For `GET /v1/status`; `undefined` when nothing is served. */
  http(): HttpStatus | undefined;
  /** For `GET /v1/status`. */
  warnings(): readonly string[];
  /**
   * Answers a request and returns `true`, or leaves it to the daemon. The requests of web pages were
   * refused before; of others the body is still to be read.
   */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  /** The daemon ends: resolves when whatever was started has ended, too. */
  close(): Promise<void>;
}
