import { readHistory } from "./read-history.ts";
import type { DoctorWorld } from "./doctor-world.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { ServiceFacts } from "./check-services.ts";

/** What bears a time, and which. */
export interface ClockFacts {
  readonly nowMs: number;
  readonly seen: readonly { readonly where: string; readonly atMs: number }[];
}

/** Collects the times that should all be past. */
export function lookAtClock(
  { clock, folder }: DoctorWorld,
  services: readonly ServiceFacts[],
): ClockFacts {
  const starts = services.flatMap((fact) => {
    if (fact.type === "broken" || fact.service.meta.start_time === undefined) return [];
    const { name, start_time: startS } = fact.service.meta;
    return [{ where: name, atMs: startS * 1000 }];
  });
  const last = readHistory(folder, { last: 1 }).map(({ atMs }) => ({ where: "history", atMs }));
  return { nowMs: clock.now(), seen: [...starts, ...last] };
}

/** Clocks of one machine agree to this. */
const TOLERANCE_MS = 120_000;
/** Before this nothing of ours was written. */
const FIRST_MS = Date.UTC(2024, 0, 1);

/** Judges them. */
export function clockFindings({ nowMs, seen }: ClockFacts): readonly Finding[] {
  const found = findingsOf("clock");
  const fix =
    "set the clock right, by NTP; uptimes and --since are wrong until these times are past";
  if (nowMs < FIRST_MS) {
    return [found.error("clock", `says ${new Date(nowMs).toISOString()}`, fix)];
  }
  const future = seen.filter(({ atMs }) => atMs > nowMs + TOLERANCE_MS);
  if (future.length === 0) return [found.ok("clock", new Date(nowMs).toISOString())];
  return future.map(({ where, atMs }) =>
    found.warning(
      where,
      `says ${new Date(atMs).toISOString()}, and now is ${new Date(nowMs).toISOString()}: the clock was set back`,
      fix,
    ),
  );
}
