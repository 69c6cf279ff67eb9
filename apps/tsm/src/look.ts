import { cpuPercent, type Service, type Services, type UsageSample } from "@tetra/tsm";
import { isTetraError } from "@tetra/errors";
import type { ActualPorts } from "./actual-ports.ts";
import {
  averageUsage,
  emptyRecord,
  recordOf,
  type ServiceRecord,
  type Usage,
} from "./service-record.ts";

/** Looks at services again and again. */
export interface Looker {
  /** What is true of these services now; those that were removed meanwhile are left out. */
  look(names: readonly string[]): readonly ServiceRecord[];
}

/** What looking takes. */
export interface LookerOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called before each look. */
  readonly forget?: () => void;
  /** Where services were seen to listen, at each look. */
  readonly ports?: () => ActualPorts;
}

/** What is remembered of a look, for the next. */
interface Seen {
  readonly generation: number;
  readonly sample: UsageSample;
}

/**
 * Makes a looker. Processor use is that since the look before; a first look tells the average since the
 * start, so that a single one costs no waiting.
 */
export function looker(
  services: Services,
  { now, forget = () => {}, ports = () => () => undefined }: LookerOptions,
): Looker {
  let before: ReadonlyMap<string, Seen> = new Map();

  return {
    look(names) {
      forget();
      const seen = names.flatMap((name) => observed(services, name));
      const found = seen.flatMap((one) => one.service ?? []);
      const samples = services.usages(found);
      const nowMs = now();
      const actualPort = ports();
      const records = seen.map(({ name, service }) => {
        if (service === undefined) return emptyRecord(name, "broken");
        const usage = usageOf(service, samples.get(name), before.get(name));
        const pid = service.observed.main?.pid;
        return recordOf(service, { nowMs, usage, actualPort: actualPort({ name, pid }) });
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

/** A service; without one, its file is broken. */
interface Observing {
  readonly name: string;
  readonly service?: Service;
}

function observed(services: Services, name: string): readonly Observing[] {
  try {
    return [{ name, service: services.observe(name) }];
  } catch (error) {
    if (isTetraError(error, "SERVICE_NOT_FOUND")) return [];
    if (isTetraError(error, "INVALID_META")) return [{ name }];
    throw error;
  }
}

function usageOf(
  { meta: { generation }, observed: { startedAtMs } }: Service,
  sample: UsageSample | undefined,
  before: Seen | undefined,
): Usage | undefined {
  if (sample === undefined || sample.memoryBytes === 0 || before?.generation !== generation) {
    return averageUsage(sample, startedAtMs);
  }
  const { memoryBytes: memory, processes } = sample;
  return { cpu: cpuPercent(before.sample, sample), memory, processes };
}
