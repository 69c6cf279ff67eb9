import type { TsmRun } from "../app.ts";
import { openedProject } from "../definitions/opened-project.ts";
import { tellResult, tellStep } from "../definitions/project-results.ts";
import { undisturbed } from "../undisturbed.ts";

/** `tsm down [file] [service...]` */
export const run: TsmRun = async (args, app) => {
  const { services, projects, project } = await openedProject(app, args);
  const plan = projects.planDown(project);
  return undisturbed(app, async () =>
    tellResult(app, await projects.carryOut(plan, (step) => tellStep(app, services, step))),
  );
};
