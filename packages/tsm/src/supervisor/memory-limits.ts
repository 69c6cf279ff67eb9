import type { Carer, Round, Ward } from "./ward.ts";

const BETWEEN_MS = 5000;

/** Weighs the services that have a limit, and no others: it costs a look at all processes. */
export function memoryLimits(round: Round): Carer {
  const { ports, times } = round;
  const limited = new Set<Ward>();

  function weighLater(): void {
    if (limited.size > 0 && !times.has("memory")) times.set("memory", BETWEEN_MS, weighAll);
  }

  function weighAll(): void {
    for (const ward of limited) {
      try {
        weigh(ward);
      } catch (error) {
        round.pause(ward, error);
      }
    }
    weighLater();
  }

  function weigh(ward: Ward): void {
    const { name, seen } = ward;
    const limit = seen?.care.maxMemoryBytes;
    if (seen === undefined || limit === undefined || ward.isActing || ward.wish !== undefined)
      return;
    const bytes = ports.services.usage(name)?.memoryBytes ?? 0;
    if (bytes <= limit) return;
    const { generation } = seen;
    round.note({ event: "memory_limit", name, generation, bytes, limit_bytes: limit });
    ward.wish = { generation, reason: "memory" };
    round.look(ward);
  }

  return {
    arrange(ward, { state, care }) {
      if (state === "online" && care.maxMemoryBytes !== undefined) limited.add(ward);
      else limited.delete(ward);
      weighLater();
    },
    release: (ward) => void limited.delete(ward),
  };
}
