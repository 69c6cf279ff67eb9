import { isTetraError } from "@tetra/errors";
import { lookAtPorts, type PortLook } from "../ports/look-at-ports.ts";
import { readPortsConfig } from "../ports/named-ports.ts";
import { readLedger } from "../ports/port-ledger.ts";
import type { LedgerRow } from "../ports/ledger.ts";
import { conflictText, portConflicts } from "../ports/port-conflicts.ts";
import type { PortsConfig } from "../ports/ports-config.ts";
import { ledgerTruth, reconcilePorts } from "../ports/reconcile-ports.ts";
import type { DoctorWorld } from "./doctor-world.ts";
import { type Finding, findingsOf } from "./finding.ts";

/** What is known of ports. */
export interface PortFacts {
  readonly look: PortLook;
  readonly ledger: readonly LedgerRow[];
  /** What is wrong with `ports.toml`, or what it says. */
  readonly config: PortsConfig | { readonly wrong: string; readonly hint: string };
  readonly configFile: string;
}

/** Looks at services, listeners and books. */
export function portFacts({ services, platform, ports }: DoctorWorld): PortFacts {
  const known = { look: lookAtPorts(services, platform), ledger: readLedger(ports) };
  const configFile = ports.config;
  try {
    return { ...known, config: readPortsConfig(ports), configFile };
  } catch (error) {
    if (!isTetraError(error, "INVALID_PORTS_FILE")) throw error;
    const { message: wrong, hint = "correct it" } = error;
    return { ...known, config: { wrong, hint }, configFile };
  }
}

/** Judges them. */
export function portFindings({ look, ledger, config, configFile }: PortFacts): readonly Finding[] {
  const found = findingsOf("ports");
  const { mismatches, correct } = reconcilePorts(look);
  const conflicts =
    "wrong" in config
      ? [found.error(configFile, config.wrong, config.hint)]
      : portConflicts(config, look)
          // one that a service has already come to: the mismatch tells the rest
          .map((conflict) => {
            const isHere = conflict.type === "names" || conflict.type === "reserved";
            const fix = isHere ? "tsm ports conflicts --fix" : "give one of them another port";
            return conflict.type === "holder"
              ? found.error(
                  `port ${conflict.port}`,
                  conflictText(conflict),
                  `tsm claim ${conflict.port}`,
                )
              : found.warning(`port ${conflict.port}`, conflictText(conflict), fix);
          });
  const truth = new Map(ledgerTruth(look).map((row) => [row.id, row]));
  const outdated = ledger.filter(
    ({ id, name, declared }) =>
      truth.get(id)?.name !== name || truth.get(id)?.declared !== declared,
  );
  const findings = [
    ...conflicts,
    ...mismatches.map(({ service, text }) =>
      found.warning(service.name, text, `tsm logs ${service.name}, and correct its port`),
    ),
    ...(outdated.length === 0
      ? []
      : [
          found.warning(
            "registry.tsv",
            `${outdated.length} rows are of services that are no more`,
            {
              fix: "tsm ports scan, or tsm doctor --fix",
              repair: { type: "scan-ports" },
            },
          ),
        ]),
  ];
  return findings.length > 0 ? findings : [found.ok("ports", `${correct.length} services agree`)];
}
