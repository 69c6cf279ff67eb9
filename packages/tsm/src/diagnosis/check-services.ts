import { isTetraError } from "@tetra/errors";
import type { Service, Services } from "../services.ts";
import { describeExit } from "../run/start-failure.ts";
import { type Finding, findingsOf } from "./finding.ts";

/** A service, or why it cannot be read. */
export type ServiceFacts =
  | { readonly type: "read"; readonly service: Service }
  | { readonly type: "broken"; readonly name: string; readonly why: string; readonly fix: string };

/** Looks at every service. */
export function lookAtServices(services: Services): readonly ServiceFacts[] {
  return services.names().flatMap((name): readonly ServiceFacts[] => {
    try {
      return [{ type: "read", service: services.observe(name) }];
    } catch (error) {
      if (isTetraError(error, "SERVICE_NOT_FOUND")) return []; // no metadata: the patrol tells
      if (!isTetraError(error, "INVALID_META")) throw error;
      return [{ type: "broken", name, why: error.message, fix: error.hint ?? "correct it" }];
    }
  });
}

/** Judges them: what a person should look at, worst first within each service. */
export function serviceFindings(facts: readonly ServiceFacts[]): readonly Finding[] {
  const found = findingsOf("services");
  const findings = facts.flatMap((fact): readonly Finding[] => {
    if (fact.type === "broken") return [found.error(fact.name, fact.why, fact.fix)];
    return findingsAbout(fact.service);
  });
  return findings.length > 0 ? findings : [found.ok("services", `${facts.length} looked at`)];
}

function findingsAbout({
  meta,
  observed,
  supervision,
  status,
  nextTryAtMs,
}: Service): readonly Finding[] {
  const found = findingsOf("services");
  const { name } = meta;
  const findings: Finding[] = [];
  const how = observed.exit === undefined ? "" : ` (${describeExit(observed.exit)})`;
  if (status === "given up") {
    const why = supervision?.givenUp ?? "it failed too often";
    findings.push(
      found.error(name, `has given up${how}: ${why}`, `tsm logs ${name}, then tsm restart ${name}`),
    );
  } else if (status === "backing off") {
    const at = nextTryAtMs === undefined ? "" : `, next try ${new Date(nextTryAtMs).toISOString()}`;
    findings.push(found.warning(name, `keeps ending${how}${at}`, `tsm logs ${name}`));
  } else if (status === "crashed") {
    findings.push(
      found.warning(name, `has crashed${how}`, `tsm logs ${name}, then tsm restart ${name}`),
    );
  }
  if (observed.shimLost && meta.generation > 0) {
    findings.push(
      found.warning(
        name,
        "runs, but its shim was killed: how it ends will not be known",
        `tsm restart ${name}, when that suits`,
      ),
    );
  }
  if (observed.main !== undefined && supervision?.health?.state === "unhealthy") {
    const last = supervision.health.last === undefined ? "" : `: ${supervision.health.last}`;
    findings.push(found.warning(name, `is unhealthy${last}`, `tsm logs ${name}`));
  }
  return findings;
}
