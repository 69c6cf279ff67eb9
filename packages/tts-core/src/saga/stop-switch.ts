/** Tells one thing to stop, once. */
export interface StopSwitch {
  /** For those who take signals; made only when somebody asks for it, because that is costly. */
  readonly signal: AbortSignal;
  /** Why it is to stop; `undefined` as long as it may go on. */
  readonly reason: Error | undefined;
  /** Tells it to stop. What it was told first counts. */
  readonly stop: (reason: Error) => void;
  /** Calls back once it is told to stop. */
  readonly onStop: (tell: () => void) => void;
}

/** Makes a switch that nobody has thrown. */
export function stopSwitch(): StopSwitch {
  let reason: Error | undefined;
  let controller: AbortController | undefined;
  let tellAll: (() => void)[] = [];
  return {
    get signal() {
      controller ??= new AbortController();
      if (reason !== undefined) controller.abort(reason);
      return controller.signal;
    },
    get reason() {
      return reason;
    },
    stop(why) {
      if (reason !== undefined) return;
      reason = why;
      controller?.abort(why);
      for (const tell of tellAll) tell();
      tellAll = [];
    },
    onStop(tell) {
      tellAll.push(tell);
    },
  };
}
