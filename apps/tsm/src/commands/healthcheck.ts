import { healthcheck, orphanCheck } from "@tetra/tsm/diagnosis";
import type { TsmRun } from "../app.ts";
import { openedDoctor } from "../diagnosis/opened-doctor.ts";
import {
  countsText,
  findingCounts,
  findingRecord,
  toldFindings,
} from "../diagnosis/told-findings.ts";

/** `tsm healthcheck`, `tsm doctor healthcheck`: 1 only with errors */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const world = openedDoctor(app);
  const findings = [...healthcheck(world), ...orphanCheck(world)];
  const counts = findingCounts(findings);
  if (out.mode === "json") {
    out.json({ healthy: counts.errors === 0, findings: findings.map(findingRecord) });
  } else {
    out.printAll(toldFindings(findings));
    out.print(countsText(counts));
  }
  return counts.errors === 0 ? 0 : 1;
};
