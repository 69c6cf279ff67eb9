import type { Deed } from "../levels/binding-level.ts";
import type { Route } from "../levels/connector-level.ts";
import type { PlanLevel } from "../levels/plan-level.ts";
import { sshArgv } from "./route-argv.ts";
import { commandLine } from "./shell-quote.ts";

const MEANING: Readonly<Record<Exclude<Deed["operation"], "execute">, string>> = {
  read: "read",
  write: "replace in one step, with standard input,",
  append: "append standard input to",
  delete: "delete",
};

/** Plans for people, as the original printed them: what is done where, as whom, and through what. */
export function formatPlans(plans: readonly PlanLevel[]): string {
  const [only] = plans;
  if (only !== undefined && plans.length === 1) return `Single-step plan:\n  ${describePlan(only)}`;
  const steps = plans.map((plan, index) => `  ${index + 1}. ${describePlan(plan)}`);
  return ["Multi-step plan:", ...steps].join("\n");
}

/** One plan in one line: `ssh -p 22 -- root@web as app: replace in one step … ~/app/config`. */
export function describePlan({ binding }: Pick<PlanLevel, "binding">): string {
  const { locator, deed } = binding;
  return `${describeRoute(locator.handle.connector.route)}: ${describeDeed(deed, locator.path)}`;
}

function describeRoute(route: Route): string {
  switch (route.type) {
    case "local":
      return `here${as(route.actAs)}`;
    case "ssh":
      return `${commandLine(sshArgv(route))}${as(route.actAs)}`;
    case "docker":
    case "podman":
      return `${route.type} exec ${commandLine([route.container])}${as(route.user)}`;
    case "kubectl":
      return `kubectl exec ${commandLine([route.pod])}`;
  }
}

function describeDeed(deed: Deed, path: string): string {
  if ("kind" in deed && deed.kind === "folder") {
    return deed.operation === "read"
      ? `read the folder ${commandLine([path])}`
      : `replace the folder ${commandLine([path])}`;
  }
  if (deed.operation !== "execute") return `${MEANING[deed.operation]} ${commandLine([path])}`;
  const where = path === "." ? "" : ` in ${commandLine([path])}`;
  return `execute${where}: ${commandLine(deed.command)}`;
}

function as(user: string | undefined): string {
  return user === undefined ? "" : ` as ${user}`;
}
