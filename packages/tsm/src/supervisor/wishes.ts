import type { Round, Ward } from "./ward.ts";

/** Why a service is to have another run, though it may be well. */
export interface Occasion {
  readonly reason: "cron" | "watch";
  /** For the history. */
  readonly about?: Readonly<Record<string, unknown>>;
}

/**
 * Wishes for another run of a service that should run. A time that comes while a start is waited for, or
 * after giving up, changes nothing; a change of its files does.
 */
export function wish(round: Round, ward: Ward, { reason, about = {} }: Occasion): void {
  const { seen, name, memory } = ward;
  const isIdle = memory?.givenUp === undefined && memory?.waiting === undefined;
  if (seen?.isWanted !== true || (reason === "cron" && !isIdle)) return;
  const { generation } = seen;
  round.note({ event: `${reason}_restart`, name, generation, ...about });
  ward.wish = { generation, reason };
  round.look(ward);
}
