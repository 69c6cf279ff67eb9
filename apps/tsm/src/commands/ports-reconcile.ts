import { reconcilePorts, reconciliationLines, scanIntoLedger } from "@tetra/tsm/ports";
import { styled } from "@tetra/cli-kit";
import type { TsmRun } from "../app.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports reconcile`, `tsm doctor reconcile`: 0 exactly when nothing mismatches; orphans do not count */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const { store, services, platform } = portWorld(app);
  const reconciliation = reconcilePorts(await scanIntoLedger(store, services, platform));
  const { correct, mismatches, orphans } = reconciliation;
  if (out.mode === "json") {
    out.json({
      correct: correct.map(({ name, port }) => ({ name, port: port ?? null })),
      mismatches: mismatches.map(({ service, declared, actual, text }) => ({
        name: service.name,
        declared: declared ?? null,
        actual: actual ?? null,
        text,
      })),
      orphans: orphans.map(({ port, pid }) => ({ port, pid: pid ?? null })),
    });
  } else {
    out.printAll(
      reconciliationLines(reconciliation).map(({ text, isMismatch }) => [
        isMismatch ? styled(text, "red") : text,
      ]),
    );
  }
  return mismatches.length === 0 ? 0 : 1;
};
