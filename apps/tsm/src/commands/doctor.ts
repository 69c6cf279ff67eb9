import { diagnose, repairAll } from "@tetra/tsm/diagnosis";
import type { TsmRun } from "../app.ts";
import { openedDoctor } from "../diagnosis/opened-doctor.ts";
import {
  countsText,
  findingCounts,
  findingRecord,
  toldFindings,
} from "../diagnosis/told-findings.ts";

/** `tsm doctor [--fix] [--all]`: 1 when errors are left */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const unknown = args.at(0);
  if (unknown !== undefined) {
    app.err.print(`tsm: doctor: there is no "${unknown}"; see tsm help doctor`);
    return 1;
  }
  const world = openedDoctor(app);
  const found = diagnose(world);
  const repaired = args.has("fix") ? await repairAll(world, found) : [];
  const left = repaired.length > 0 ? diagnose(world) : found;
  const counts = findingCounts(left);
  if (out.mode === "json") {
    out.json({
      healthy: counts.errors === 0,
      findings: left.map(findingRecord),
      repaired: repaired.map(findingRecord),
    });
  } else {
    out.printAll(toldFindings(left.filter(({ level }) => level !== "ok" || args.has("all"))));
    if (repaired.length > 0) out.print(`repaired ${repaired.length}`);
    out.print(`${left.length} looked at: ${countsText(counts)}`);
  }
  return counts.errors === 0 ? 0 : 1;
};
