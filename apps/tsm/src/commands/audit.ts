import { auditIssues, lookAtDefinitions, makeDefinitionFolders } from "@tetra/tsm/diagnosis";
import type { TsmRun } from "../app.ts";
import { asStatus } from "../diagnosis/count-status.ts";

/** `tsm audit [init]`: the exit status is how many issues there are, at most 255 */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const { folder } = app.places();
  if (args.at(0) === "init") {
    const folders = makeDefinitionFolders(folder);
    if (out.mode === "json") out.json({ folders });
    else for (const path of folders) out.print(`✅ ${path}`);
    return 0;
  }
  const facts = lookAtDefinitions(folder, definedVariables(app.env));
  const issues = auditIssues(facts);
  if (out.mode === "json") out.json({ audited: facts.definitions.length, issues });
  else {
    for (const { path, what, fix } of issues) {
      out.print(`❌ ${path.slice(folder.length + 1)}: ${what}`);
      out.print(`   fix: ${fix}`);
    }
    out.print(`${facts.definitions.length} definitions, ${issues.length} issues`);
  }
  return asStatus(issues.length);
};

function definedVariables(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
