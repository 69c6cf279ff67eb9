import { failureOf, render } from "@tetra/cli-kit";
import type { Services } from "@tetra/tsm";
import type { ProjectResult, StepResult } from "@tetra/tsm/definitions";
import type { App } from "../app.ts";
import { startedText } from "../start/started-text.ts";

/** Says what came of a step, as it comes. */
export function tellStep(app: App, services: Services, result: StepResult): void {
  const { name, outcome, because } = result;
  if (app.out.mode === "json") return;
  switch (outcome) {
    case "started":
      app.out.print(`✅ Started: ${startedText(services.observe(name))}`);
      return;
    case "restarted":
      app.out.print(`✅ Restarted: ${startedText(services.observe(name))}`);
      return;
    case "completed":
      app.out.print(`✅ Completed: ${name}`);
      return;
    case "stopped":
      app.out.print(`tsm: stopped '${name}'`);
      return;
    case "skipped":
      app.err.print(`⚠️  Not started: ${name} (${because ?? ""})`);
      return;
    case "failed": // told in the end, with the reason
    case "unchanged":
  }
}

/** Says what failed and why, and what came of all. @returns the exit status */
export async function tellResult(app: App, { results, isDone }: ProjectResult): Promise<number> {
  const counts = new Map<string, number>();
  for (const { outcome } of results) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const summary =
    counts.size === 0
      ? "nothing to do"
      : [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(", ");
  if (app.out.mode === "json") {
    const steps = results.map(({ error, ...result }) => ({
      ...result,
      ...(error === undefined ? {} : { error: failureOf(error) }),
    }));
    app.out.json({ success: isDone, message: summary, data: steps });
    return isDone ? 0 : 1;
  }
  for (const { name, error } of results) {
    if (error === undefined) continue;
    const lines = await app.linesOf(failureOf(error));
    const isNamed = render(lines[0] ?? [], { colour: false }).includes(name);
    if (!isNamed) app.err.print(`❌ Failed to start: ${name}`);
    app.err.printAll(lines);
  }
  app.out.print(summary);
  return isDone ? 0 : 1;
}
