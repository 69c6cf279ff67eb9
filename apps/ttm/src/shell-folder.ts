import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the files to source, beside the program of which this is a part. */
export function shellFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  // in a bundle the code of a command is in a folder of its own
  const places = [here, dirname(here)].map((folder) => join(folder, "shell"));
  const found = places.find((folder) => existsSync(join(folder, "ttm.sh")));
  if (found === undefined) throw new Error(`no ttm.sh in ${places.join(" or ")}: build first`);
  return found;
}
