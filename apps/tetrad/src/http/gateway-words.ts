import type { HttpStatus } from "@tetra/tsm/supervisor";

// The daemon and its gateway talk over the gateway's standard input and output, in lines of JSON. The
// input is also its life: when it ends, however the daemon died, the gateway ends.

/** What the daemon tells its gateway, once: the first line of its input. */
export interface GatewayOrders {
  readonly tetraDir: string;
  /** Where the daemon hands on what comes over its own socket. */
  readonly socket: string;
  /** The program `ttm`, with arguments that it needs in front. */
  readonly ttm: readonly string[];
}

/** What the gateway tells, whenever it has changed: a line of its output. */
export type GatewayState = HttpStatus;

/** Takes lines apart, as they come in pieces. */
export function lineReader(onLine: (line: string) => void): (chunk: string) => void {
  let rest = "";
  return (chunk) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
}
