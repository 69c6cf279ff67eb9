import { portAmong } from "../run/actual-port.ts";
import type { LedgerTruth } from "./ledger.ts";
import type { Listening, PortLook } from "./look-at-ports.ts";
import type { TrackedService } from "./tracked-service.ts";

/** A service whose two entries do not agree. */
export interface PortMismatch {
  readonly service: TrackedService;
  readonly declared: number | undefined;
  readonly actual: number | undefined;
  /** `DECLARED port 3000 but NOTHING listening`, `PORT MISMATCH (declared=3000, actual=3001)` */
  readonly text: string;
}

/** What comparing the two entries of every service came to. */
export interface PortReconciliation {
  readonly correct: readonly TrackedService[];
  readonly mismatches: readonly PortMismatch[];
  /** Who listens and is no service. */
  readonly orphans: readonly Listening[];
}

/** Compares what services say with what they do. One that does not run should listen on nothing. */
export function reconcilePorts(look: PortLook): PortReconciliation {
  const correct: TrackedService[] = [];
  const mismatches: PortMismatch[] = [];
  for (const service of look.services) {
    const declared = service.isRunning ? service.port : undefined;
    const actual = actualPort(service, look);
    if (declared === actual) correct.push(service);
    else mismatches.push({ service, declared, actual, text: mismatchText(declared, actual) });
  }
  return {
    correct,
    mismatches,
    orphans: look.listening.filter(({ owner }) => owner === undefined),
  };
}

/** Which port a service listens on: its own where it is among them, else the lowest. */
function actualPort(service: TrackedService, { listening }: PortLook): number | undefined {
  const ports = listening
    .filter(({ owner }) => owner?.name === service.name)
    .map(({ port }) => port);
  return portAmong(service.port, ports);
}

function mismatchText(declared: number | undefined, actual: number | undefined): string {
  return actual === undefined
    ? `DECLARED port ${declared} but NOTHING listening`
    : `PORT MISMATCH (declared=${declared ?? "none"}, actual=${actual})`;
}

/** What the ledger should say, by what is. */
export function ledgerTruth(look: PortLook): readonly LedgerTruth[] {
  return look.services.flatMap((service): readonly LedgerTruth[] => {
    const { id, name, port, main } = service;
    if (id === undefined) return [];
    const actual = actualPort(service, look);
    return [
      {
        id,
        name,
        ...(port === undefined ? {} : { declared: port }),
        ...(actual === undefined ? {} : { actual }),
        ...(main === undefined ? {} : { pid: main.pid }),
      },
    ];
  });
}

/** The same for people: the mismatches, the orphans, and how many there are of each. */
export function reconciliationLines({
  correct,
  mismatches,
  orphans,
}: PortReconciliation): readonly { readonly text: string; readonly isMismatch: boolean }[] {
  const plain = (text: string): { readonly text: string; readonly isMismatch: boolean } => ({
    text,
    isMismatch: false,
  });
  return [
    ...mismatches.map(({ service, text }) => ({
      text: `${service.name}: ${text}`,
      isMismatch: true,
    })),
    ...orphans.map(({ port, pid }) => plain(`orphan: port ${port} (pid ${pid ?? "-"})`)),
    plain(`Correct: ${correct.length}`),
    plain(`Mismatches: ${mismatches.length}`),
    plain(`Orphan ports: ${orphans.length}`),
  ];
}
