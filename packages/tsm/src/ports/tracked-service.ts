import type { ProcessId } from "../platform/platform.ts";
import { readableServices } from "../readable-services.ts";
import type { Service, Services } from "../services.ts";

/** A service, as far as its ports and processes matter. */
export interface TrackedService {
  /** Absent: none was allotted yet. */
  readonly id?: number;
  readonly name: string;
  /** The port that it says it listens on. */
  readonly port?: number;
  readonly isRunning: boolean;
  readonly main?: ProcessId;
  readonly shim?: ProcessId;
  /** Marks the processes of its last run; `""`: another tool started it. */
  readonly cookie: string;
}

/** What matters of a service. */
function trackedService({ meta, observed }: Service): TrackedService {
  const { main, shim, state } = observed;
  return {
    ...(meta.tsm_id === undefined ? {} : { id: meta.tsm_id }),
    name: meta.name,
    ...(meta.port === undefined ? {} : { port: meta.port }),
    isRunning: state === "online" || state === "starting",
    ...(main === undefined ? {} : { main }),
    ...(shim === undefined ? {} : { shim }),
    cookie: meta.cookie,
  };
}

/** All of them, but for those that cannot be read or were removed meanwhile. */
export function trackedServices(
  services: Pick<Services, "names" | "observe">,
): readonly TrackedService[] {
  return readableServices(services).map(trackedService);
}
