import { patrol, staleText } from "@tetra/tsm/diagnosis";
import type { TsmRun } from "../app.ts";
import { openedDoctor } from "../diagnosis/opened-doctor.ts";
import { asStatus } from "../diagnosis/count-status.ts";

/** `tsm patrol [--dry-run]`: the exit status is how many were cleaned, at most 255 */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const dryRun = args.has("dry-run");
  const cleaned = await patrol(openedDoctor(app), { dryRun });
  if (out.mode === "json") out.json({ dry_run: dryRun, cleaned });
  else {
    const verb = dryRun ? "would remove" : "removed";
    for (const stale of cleaned) out.print(`${verb} ${staleText(stale)}`);
    if (cleaned.length === 0) out.print("Nothing is stale");
  }
  return asStatus(cleaned.length);
};
