import { isTetraError } from "@tetra/errors";
import { systemClock } from "@tetra/tsm";

/** Whom to tell, and until when. */
export interface EventWatch {
  readonly onEvent: (event: string) => void;
  /** How long to wait before asking for a daemon again. */
  readonly retryMs: number;
  readonly signal: AbortSignal;
}

/** Calls when something happens to a service, as long as a daemon tells; asks again after a while when none does. */
export async function onEvents(
  folder: string,
  { onEvent, retryMs, signal }: EventWatch,
): Promise<void> {
  const { daemonClient } = await import("@tetra/tsm/supervisor");
  const client = daemonClient(folder);
  while (!signal.aborted) {
    try {
      // the first says that it has begun: what happened before may not have been seen
      for await (const { event } of client.events(signal)) onEvent(event);
    } catch (error) {
      // without a daemon, or with one that is ending, there is only the clock
      const isAbsent =
        isTetraError(error, "DAEMON_NOT_RUNNING") || isTetraError(error, "DAEMON_UNREACHABLE");
      if (!isAbsent) throw error;
    }
    await systemClock.sleep(retryMs, signal);
  }
}
