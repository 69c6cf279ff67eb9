import type { RunOptions, SagaView } from "@tetra/tts-core/saga";
import type { App } from "../app.ts";
import { type Engine, withEngine } from "../saga/engine.ts";
import { toldLeft } from "../saga/end-left-commands.ts";
import { toldEvent } from "../saga/told-event.ts";

/** Hears, in a line, what happens. */
export type Tell = (line: string) => void;

/** Something that carries a saga on, and where its commands work if not here. */
export interface Errand {
  readonly verb: string;
  readonly folder?: string | undefined;
  readonly go: (engine: Engine, options: RunOptions) => Promise<SagaView>;
}

/** Carries sagas on beside the calls that asked for it, which may be over before they are. */
export interface Carrier {
  /** Begins, unless this saga is being carried on here: then it joins. */
  carry(id: string, errand: Errand): Promise<SagaView>;
  /** Hears what happens in a saga that is carried on here, until the returned function is called. */
  listen(id: string, tell: Tell): () => void;
  /**
   * Begins no more, lets the calls under way end for a moment, then leaves the sagas where they are: whoever
   * comes next carries them on.
   */
  end(patienceMs: number): Promise<void>;
}

/** Makes what carries sagas on for one connection. */
export function carrier(app: App): Carrier {
  const underWay = new Map<string, Promise<SagaView>>();
  const listeners = new Map<string, Set<Tell>>();
  const [pause, abort] = [new AbortController(), new AbortController()];

  function carry(id: string, { verb, folder, go }: Errand): Promise<SagaView> {
    const known = underWay.get(id);
    if (known !== undefined) return known;
    const tell: Tell = (line) => {
      for (const listener of listeners.get(id) ?? []) listener(line);
    };
    const carried = withEngine(
      app,
      {
        verb: `mcp ${verb}`,
        folder: () => folder ?? app.cwd(),
        onEvent: (_txn, event) => {
          const told = toldEvent(event);
          if (told !== undefined) tell(told);
        },
        onLine: (step, _stream, line) => tell(`${step} | ${line}`),
        onLeft: (left) => tell(toldLeft(left)),
      },
      (engine) => go(engine, { stays: false, pause: pause.signal, signal: abort.signal }),
    ).finally(() => underWay.delete(id));
    underWay.set(id, carried);
    carried.catch(() => {}); // whoever waits for it is told; nobody may
    return carried;
  }

  return {
    carry,
    listen(id, tell) {
      const heard = listeners.get(id) ?? new Set();
      listeners.set(id, heard.add(tell));
      return () => {
        heard.delete(tell);
        if (heard.size === 0) listeners.delete(id);
      };
    },
    async end(patienceMs) {
      pause.abort();
      const all = Promise.allSettled(underWay.values());
      const timer = setTimeout(() => abort.abort(), patienceMs);
      await all;
      clearTimeout(timer);
    },
  };
}
