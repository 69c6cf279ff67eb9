import { type Carer, type Round, type Ward, wordsOf } from "./ward.ts";
import { wish } from "./wishes.ts";

/** The wall clock may be set: no wait for a time of it is longer than this without another look at it. */
const LONGEST_WAIT_MS = 60_000;

/** Restarts services at times of the wall clock. */
export function schedules(round: Round): Carer {
  const { ports, times } = round;
  const { alarm } = ports;
  const expressions = new Map<Ward, string>();

  async function next(ward: Ward, expression: string): Promise<void> {
    try {
      const atMs = await ports.nextCron(expression, alarm.now());
      if (atMs === undefined || expressions.get(ward) !== expression || !round.isOurs(ward)) return;
      wait(ward, expression, atMs);
    } catch (error) {
      ports.complain(`${ward.name}: ${wordsOf(error)}`);
    }
  }

  function wait(ward: Ward, expression: string, atMs: number): void {
    const waitMs = atMs - alarm.now();
    times.set(`cron ${ward.name}`, Math.min(waitMs, LONGEST_WAIT_MS), () => {
      const isDue = waitMs <= LONGEST_WAIT_MS;
      if (isDue) wish(round, ward, { reason: "cron" });
      round.track(next(ward, expression));
    });
  }

  function forget(ward: Ward): void {
    expressions.delete(ward);
    times.cancel(`cron ${ward.name}`);
  }

  return {
    arrange(ward, { isWanted, care: { cron } }) {
      const wanted = isWanted ? cron : undefined;
      if (wanted === expressions.get(ward)) return;
      forget(ward);
      if (wanted === undefined) return;
      expressions.set(ward, wanted);
      round.track(next(ward, wanted));
    },
    release: forget,
  };
}
