import { setTimeout as sleep } from "node:timers/promises";
import { isSystemError } from "@tetra/durable-fs";
import { isTetraError } from "@tetra/errors";
import { type Listening } from "./listening.ts";
import type { HttpSettings } from "./settings.ts";

/** How listening goes. */
export interface KeepListeningOptions {
  readonly settings: HttpSettings;
  /** Listens, or throws why not. */
  readonly listen: () => Promise<Listening>;
  readonly onListening: (urls: readonly string[]) => void;
  /** It does not listen, and will try again. */
  readonly onProblem: (problem: string) => void;
}

// who has the port may be the gateway of a daemon that was killed: it is about to end
const QUICK_TRIES = 4;
const QUICK_MS = 250;
const LAST_WAIT_MS = 10_000;

/**
 * Listens as soon as that is possible, and until it is closed. Resolves when it listens, or has told of a
 * problem.
 */
export async function keepListening(
  options: KeepListeningOptions,
): Promise<Pick<Listening, "close">> {
  const { settings, onListening, onProblem } = options;
  let listening: Listening | undefined;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let problem = await tryOnce();
  for (let tries = 0; problem !== undefined && tries < QUICK_TRIES; tries += 1) {
    await sleep(QUICK_MS);
    problem = await tryOnce();
  }
  if (problem !== undefined) tryLater(problem, QUICK_MS);

  /** @returns why it does not listen */
  async function tryOnce(): Promise<string | undefined> {
    try {
      listening = await options.listen();
    } catch (error) {
      if (!(error instanceof Error) || !("code" in error)) throw error; // a mistake of ours
      return problemOf(error, settings);
    }
    if (isClosed) listening.close();
    else onListening(listening.urls);
    return undefined;
  }

  function tryLater(why: string, waitMs: number): void {
    onProblem(why);
    if (isClosed) return;
    const again = async (): Promise<void> => {
      const next = await tryOnce();
      if (next !== undefined) tryLater(next, Math.min(waitMs * 2, LAST_WAIT_MS));
    };
    timer = setTimeout(() => void again(), waitMs);
  }

  return {
    close() {
      isClosed = true;
      clearTimeout(timer);
      listening?.close();
    },
  };
}

function problemOf(error: Error, { port }: HttpSettings): string {
  if (isSystemError(error, "EADDRINUSE")) {
    return `port ${port} is taken; free it, or choose another: tetrad start --http PORT`;
  }
  return isTetraError(error) ? `${error.message} (${error.hint ?? ""})` : error.message;
}
