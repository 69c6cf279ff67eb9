import { TetraError } from "@tetra/errors";
import { probe } from "../care/run-probe.ts";
import type { Clock } from "../clock.ts";
import type { Services } from "../services.ts";
import type { InstancesErrorCode } from "./errors.ts";

/** What waiting takes. */
export interface Listening {
  readonly services: Services;
  readonly clock: Clock;
  /** Default: 30 s. */
  readonly readyMs?: number;
}

const READY_MS = 30_000;
const PROBE_MS = 1000;
const LOOK_MS = 25;

/** Waits until a service with a port accepts connections there. @throws TetraError `NOT_LISTENING` */
export async function awaitListening(
  { services, clock, readyMs = READY_MS }: Listening,
  name: string,
): Promise<void> {
  const { port, cwd } = services.observe(name).meta;
  if (port === undefined) return;
  const giveUpMs = clock.now() + readyMs;
  for (;;) {
    const { state } = services.observe(name).observed;
    if (state !== "online" && state !== "starting") throw notListening(name, `it is ${state}`);
    const { ok } = await probe(
      { type: "tcp", host: "127.0.0.1", port },
      { timeoutMs: PROBE_MS, cwd, environment: {} },
    );
    if (ok && services.observe(name).observed.state === "online") return;
    if (clock.now() >= giveUpMs) throw notListening(name, `not on port ${port} yet`);
    await clock.sleep(LOOK_MS);
  }
}

function notListening(name: string, why: string): TetraError<InstancesErrorCode> {
  return new TetraError("NOT_LISTENING", `${name} does not listen: ${why}`, {
    hint: "see its logs",
    details: { name },
  });
}
