import type { Probe } from "../care/probe.ts";
import type { ProbeResult } from "../care/run-probe.ts";
import { foldProbe } from "./health.ts";
import type { Carer, Round, Seen, Ward } from "./ward.ts";

/** The first probe comes soon, also where later ones are far between. */
const FIRST_MS = 500;
const READY_TIMEOUT_MS = 5000;

interface Question {
  readonly probe: Probe;
  readonly timeoutMs: number;
  readonly cwd: string;
}

/** Asks services whether they are ready, and whether they are well. */
export function probing(round: Round): Carer {
  const { ports, times } = round;
  const { services, alarm } = ports;
  const asking = new Set<Ward>();
  /** Successes in a row, and of which run. */
  const successes = new WeakMap<Ward, { readonly generation: number; readonly count: number }>();

  function ask(
    ward: Ward,
    { probe, timeoutMs, cwd }: Question,
    onAnswer: (answer: ProbeResult) => void | Promise<void>,
  ): void {
    asking.add(ward);
    const asked = async (): Promise<void> => {
      try {
        const environment = probe.type === "command" ? ports.environmentOf(ward.name) : {};
        const answer = await ports.probe(probe, { timeoutMs, cwd, environment });
        asking.delete(ward);
        if (round.isOurs(ward)) await onAnswer(answer);
      } catch (error) {
        asking.delete(ward);
        round.pause(ward, error);
      }
    };
    round.track(asked());
  }

  /** Whoever starts a service asks, and holds its lock meanwhile: we do when he has died over it. */
  function askReady(ward: Ward, { generation, care: { ready }, cwd }: Seen): void {
    if (ready === undefined || asking.has(ward) || ports.isActedOn(ward.name)) return;
    ask(ward, { probe: ready, timeoutMs: READY_TIMEOUT_MS, cwd }, async ({ ok }) => {
      if (ok && (await services.noteReady(ward.name, generation))) round.look(ward);
    });
  }

  function askHealthLater(ward: Ward, afterMs: number): void {
    const key = `probe ${ward.name}`;
    if (asking.has(ward) || times.has(key)) return;
    times.set(key, afterMs, () => askHealth(ward));
  }

  function askHealth(ward: Ward): void {
    const { seen, name } = ward;
    const check = seen?.care.health;
    if (check === undefined || seen?.state !== "online") return;
    const { generation, startedAtMs, cwd } = seen;
    const { probe, timeoutMs, intervalMs } = check;
    ask(ward, { probe, timeoutMs, cwd }, (answer) => {
      const { memory } = ward;
      // a late word about an old run does not count
      if (memory?.generation !== generation || ward.seen?.generation !== generation) return;
      const { health: known } = memory;
      const inRow = successes.get(ward);
      const before = known && {
        health: known,
        successes: inRow?.generation === generation ? inRow.count : 0,
      };
      const now = foldProbe({ check, before, answer, nowMs: alarm.now(), startedAtMs });
      const { health } = now;
      successes.set(ward, { generation, count: now.successes });
      ward.memory = { ...memory, health };
      if (health.state !== (known?.state ?? "unknown") && health.state !== "unknown") {
        const { failures, last } = health;
        round.note({ event: health.state, name, generation, failures, last });
        round.lookAtHeld();
      }
      round.look(ward);
      round.remember(ward);
      if (ward.seen.state === "online") askHealthLater(ward, intervalMs);
    });
  }

  return {
    arrange(ward, seen) {
      if (seen.state === "starting") askReady(ward, seen);
      if (seen.state === "online" && seen.care.health !== undefined) askHealthLater(ward, FIRST_MS);
      else times.cancel(`probe ${ward.name}`);
    },
    release: ({ name }) => times.cancel(`probe ${name}`),
  };
}
