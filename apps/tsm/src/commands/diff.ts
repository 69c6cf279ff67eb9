import type { TsmRun } from "../app.ts";
import { openedProject } from "../definitions/opened-project.ts";
import { stepLines } from "../definitions/step-lines.ts";

/** `tsm diff [file] [service...]`: exit status 1 if anything differs */
export const run: TsmRun = async (args, app) => {
  const { projects, project } = await openedProject(app, args);
  const { steps } = projects.planUp(project);
  const differing = steps.filter(({ action }) => action !== "unchanged");
  if (app.out.mode === "json") app.out.json({ steps });
  else if (differing.length === 0) app.out.print("what runs is as the file says");
  else app.out.printAll(differing.flatMap(stepLines));
  return differing.length === 0 ? 0 : 1;
};
