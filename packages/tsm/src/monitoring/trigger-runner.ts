import type { MonitorEvent } from "./event.ts";
import type { Trigger } from "./trigger.ts";

/** What became of a trigger's command. */
export interface TriggerOutcome {
  /** 0: it went well; `null`: it was ended, or took too long. */
  readonly status: number | null;
  /** The beginning of what it printed on both streams. */
  readonly output: string;
}

/** A command that was run for an event. */
export interface TriggerRun extends TriggerOutcome {
  readonly trigger: Trigger;
  readonly event: MonitorEvent;
}

/** What running triggers takes. */
export interface TriggerRunnerParts {
  readonly triggers: readonly Trigger[];
  /** Runs the command of one; never throws. */
  readonly run: (trigger: Trigger, event: MonitorEvent) => Promise<TriggerOutcome>;
  /** Told of each command that has ended. */
  readonly onRun: (run: TriggerRun) => void;
}

/** Runs the commands of triggers. */
export interface TriggerRunner {
  /** Runs what an event triggers, at once or after others. */
  offer(event: MonitorEvent): void;
  /** How many were left out because too many waited. */
  dropped(): number;
  /** Forgets what waits. */
  stop(): void;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
}

/** More at once only keep the services from working. */
const AT_ONCE = 4;
/** A flood of events must not become a flood of processes an hour later. */
const MOST_WAITING = 1000;

/** Makes a runner: four commands at once, in the order of the events, a thousand may wait. */
export function triggerRunner({ triggers, run, onRun }: TriggerRunnerParts): TriggerRunner {
  const enabled = triggers.filter(({ isEnabled }) => isEnabled);
  const running = new Set<Promise<void>>();
  let waiting: (readonly [Trigger, MonitorEvent])[] = [];
  let dropped = 0;

  async function carryOut(trigger: Trigger, event: MonitorEvent): Promise<void> {
    onRun({ trigger, event, ...(await run(trigger, event)) });
  }

  function next(): void {
    while (running.size < AT_ONCE) {
      const first = waiting.shift();
      if (first === undefined) return;
      const work = carryOut(...first).finally(() => {
        running.delete(work);
        next();
      });
      running.add(work);
    }
  }

  return {
    offer(event) {
      for (const trigger of enabled.filter(({ matches }) => matches(event))) {
        if (waiting.length < MOST_WAITING) waiting.push([trigger, event]);
        else dropped += 1;
      }
      next();
    },
    dropped: () => dropped,
    stop() {
      waiting = [];
    },
    async idle() {
      while (running.size > 0) await Promise.race(running);
    },
  };
}
