import type { TsmRun } from "../app.ts";
import { openedProject } from "../definitions/opened-project.ts";
import { tellResult, tellStep } from "../definitions/project-results.ts";
import { stepLines } from "../definitions/step-lines.ts";
import { wakeDaemon } from "../start/wake-daemon.ts";
import { undisturbed } from "../undisturbed.ts";

/** `tsm up [file] [service...]` */
export const run: TsmRun = async (args, app) => {
  const { services, projects, project } = await openedProject(app, args);
  const plan = projects.planUp(project);
  if (args.has("dry-run")) {
    if (app.out.mode === "json") app.out.json({ steps: plan.steps });
    else app.out.printAll(plan.steps.flatMap(stepLines));
    return 0;
  }
  return undisturbed(app, async () => {
    const result = await projects.carryOut(plan, (step) => tellStep(app, services, step));
    await wakeDaemon(app, { isWanted: !args.has("no-daemon") });
    return tellResult(app, result);
  });
};
