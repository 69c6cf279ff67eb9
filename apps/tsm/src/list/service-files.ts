import { readdirSync } from "node:fs";
import { join } from "node:path";

const FILE = /^(.+)\.tsm$/;
/** What is put after a definition's name: its port, or when it was started. */
const SUFFIX = /-\d+$/;

/**
 * Looks which services have a service file, by its name alone: `list` marks those that have none.
 * @param root the data root.
 */
export function serviceFiles(root: string): (name: string) => boolean {
  const owners = [root, ...namesIn(join(root, "orgs")).map((org) => join(root, "orgs", org))];
  const names = new Set(
    owners.flatMap((owner) =>
      namesIn(join(owner, "tsm/services-available")).map((file) => FILE.exec(file)?.[1]),
    ),
  );
  return (name) => names.has(name) || names.has(name.replace(SUFFIX, ""));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // whatever the reason, there are no service files to be seen in it
  }
}
