import { TetraError } from "@tetra/errors";
import {
  layoutOf,
  openServices,
  type Service,
  type Services,
  servicePaths,
  type TsmErrorCode,
} from "@tetra/tsm";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { App } from "../app.ts";
import { openedServices } from "../opened-services.ts";

/** A process that tpm knows, by whichever of its versions it was started. */
export interface Known {
  readonly name: string;
  /** Where it is written down. */
  readonly services: Services;
  /** Its logs, standard output first. */
  readonly logs: readonly [string, string];
  /** Whether an older tpm left it in `$TETRA_DIR/tpm`. */
  readonly isLeft: boolean;
}

/** Everything that tpm knows: what there is in the store, and what older versions left. */
export function allKnown(app: App): readonly Known[] {
  const layout = layoutOf(app.places().folder);
  const own = openedServices(app);
  const left = leftServices(app);
  const { logs } = leftFolders(app);
  const ownNames = own.names();
  return [
    ...ownNames.map((name): Known => {
      const { out, err } = servicePaths(layout, name);
      return { name, services: own, logs: [out, err], isLeft: false };
    }),
    ...left
      .names()
      .filter((name) => !ownNames.includes(name))
      .map((name): Known => ({
        name,
        services: left,
        logs: [join(logs, `${name}.out`), join(logs, `${name}.err`)],
        isLeft: true,
      })),
  ];
}

/** What a name means: one, or all when it is `*`. @throws TetraError `SERVICE_NOT_FOUND` */
export function known(app: App, word: string): readonly Known[] {
  const all = allKnown(app);
  if (word === "*") return all;
  const found = all.filter(({ name }) => name === word);
  if (found.length > 0) return found;
  throw new TetraError<TsmErrorCode>("SERVICE_NOT_FOUND", `process '${word}' not found`, {
    hint: "tpm list shows the names",
    details: { name: word },
  });
}

/** Takes away what an older tpm keeps of a process besides its description: its logs and its pid. */
export function removeLeft(app: App, name: string): void {
  const { logs, pids } = leftFolders(app);
  const paths = [join(logs, `${name}.out`), join(logs, `${name}.err`), join(pids, `${name}.pid`)];
  for (const path of paths) rmSync(path, { force: true });
}

/** The same as people see it. */
export function observed({ services, name }: Known): Service {
  return services.observe(name);
}

/** The descriptions that an older tpm left, flat `<name>.meta` files. */
function leftServices(app: App): Services {
  const { folder } = app.places();
  const layout = { ...layoutOf(folder), processes: leftFolders(app).processes };
  return openServices({ folder, layout, by: app.user(), via: app.via });
}

function leftFolders(app: App): Readonly<Record<"processes" | "logs" | "pids", string>> {
  const root = join(app.places().root, "tpm");
  return {
    processes: join(root, "processes"),
    logs: join(root, "logs"),
    pids: join(root, "pids"),
  };
}
