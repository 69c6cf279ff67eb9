import { reconcilePorts, scanIntoLedger } from "@tetra/tsm/ports";
import { styled } from "@tetra/cli-kit";
import type { TsmRun } from "../app.ts";
import { orDash } from "../ports/port-table.ts";
import { portWorld } from "../ports/port-world.ts";

/** `tsm ports reconcile`, `tsm doctor reconcile`: 0 exactly when nothing mismatches; orphans do not count */
export const run: TsmRun = async (_args, app) => {
  const { out } = app;
  const { store, services, platform } = portWorld(app);
  const { correct, mismatches, orphans } = reconcilePorts(
    await scanIntoLedger(store, services, platform),
  );
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
    for (const { service, text } of mismatches)
      out.print(styled(`${service.name}: ${text}`, "red"));
    for (const { port, pid } of orphans) out.print(`orphan: port ${port} (pid ${orDash(pid)})`);
    out.print(`Correct: ${correct.length}`);
    out.print(`Mismatches: ${mismatches.length}`);
    out.print(`Orphan ports: ${orphans.length}`);
  }
  return mismatches.length === 0 ? 0 : 1;
};
