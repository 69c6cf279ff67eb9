import type { ServerContext } from "@modelcontextprotocol/server";
import type { Masker } from "@tetra/tts-core/saga";

/** Tells a client how one of its calls goes on. */
export interface ProgressTeller {
  readonly tell: (line: string) => void;
  readonly end: () => void;
}

/** How often it is told, at most; of what comes in between, the last line is. */
const EVERY_MS = 100;
const MOST_IN_LINE = 500;

/** Makes a teller; one that tells nothing where the client did not ask for it. */
export function progressTeller(ctx: ServerContext, masks: Masker): ProgressTeller {
  // oxlint-disable-next-line no-underscore-dangle -- the protocol's name
  const token = ctx.mcpReq._meta?.progressToken;
  if (token === undefined) return { tell: () => {}, end: () => {} };
  let progress = 0;
  let waiting: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  function send(line: string): void {
    progress += 1;
    const message = masks.text(line).slice(0, MOST_IN_LINE);
    const params = { progressToken: token ?? "", progress, message };
    ctx.mcpReq.notify({ method: "notifications/progress", params }).catch(() => {}); // its end tells
    timer = setTimeout(() => {
      timer = undefined;
      const next = waiting;
      waiting = undefined;
      if (next !== undefined) send(next);
    }, EVERY_MS);
  }

  return {
    tell(line) {
      if (timer === undefined) send(line);
      else waiting = line;
    },
    end: () => clearTimeout(timer),
  };
}
