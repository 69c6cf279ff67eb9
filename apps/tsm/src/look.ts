import { cpuPercent, type Service, type Services, type UsageSample } from "@tetra/tsm";
import { isTetraError } from "@tetra/errors";
import { averageUsage, recordOf, type ServiceRecord, type Usage } from "./service-record.ts";

/** Looks at services again and again. */
export interface Looker {
  /** What is true of these services now; those that were removed meanwhile are left out. */
  look(names: readonly string[]): readonly ServiceRecord[];
}

/** What is remembered of a look, for the next. */
interface Seen {
  readonly generation: number;
  readonly sample: UsageSample;
}

/**
 * Makes a looker. Processor use is that since the look before; a first look tells the average since the
 * start, so that a single one costs no waiting.
 * @param now milliseconds since the epoch
 * @param forget called before each look
 */
export function looker(
  services: Services,
  now: () => number,
  forget: () => void = () => {},
): Looker {
  let before: ReadonlyMap<string, Seen> = new Map();

  return {
    look(names) {
      forget();
      const found = names.flatMap((name) => observed(services, name));
      const samples = services.usages(found);
      const nowMs = now();
      const records = found.map((service) => {
        const { name } = service.meta;
        const usage = usageOf(service, samples.get(name), before.get(name));
        return recordOf(service, { nowMs, usage });
      });
      before = new Map(
        found.flatMap(({ meta: { name, generation } }) => {
          const sample = samples.get(name);
          return sample === undefined ? [] : [[name, { generation, sample }]];
        }),
      );
      return records;
    },
  };
}

function observed(services: Services, name: string): readonly Service[] {
  try {
    return [services.observe(name)];
  } catch (error) {
    if (isTetraError(error, "SERVICE_NOT_FOUND")) return [];
    throw error;
  }
}

function usageOf(
  { meta: { generation }, observed: { startedAtMs } }: Service,
  sample: UsageSample | undefined,
  before: Seen | undefined,
): Usage | undefined {
  if (sample === undefined || before?.generation !== generation) {
    return averageUsage(sample, startedAtMs);
  }
  const { memoryBytes: memory, processes } = sample;
  return { cpu: cpuPercent(before.sample, sample), memory, processes };
}
