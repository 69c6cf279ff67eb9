import { join } from "node:path/posix";

/** Where things are below the folder of the service manager, `$TETRA_DIR/tsm`. */
export interface Layout {
  /** `runtime/processes`: a folder for each service, and the flat `<name>.meta` of older tools. */
  readonly processes: string;
  /** Taken to allot an id. */
  readonly idLock: string;
  /** Which service has which id: a cache. */
  readonly idIndex: string;
}

/** Where the parts of one service are. */
export interface ServicePaths {
  readonly folder: string;
  /** What should be, and what the original tools want to know. */
  readonly meta: string;
  /** The environment it is started with; private. */
  readonly environment: string;
  /** Holds only the journal, so that it can be watched without slowing down who writes the logs. */
  readonly runs: string;
  /** What its shims noted: the truth about its runs. */
  readonly journal: string;
  /** Byte 0 is locked by whoever acts on the service. */
  readonly lock: string;
  readonly pid: string;
  readonly out: string;
  readonly err: string;
}

/** The layout of a service manager's folder. */
export function layoutOf(folder: string): Layout {
  const processes = join(folder, "runtime/processes");
  return {
    processes,
    idLock: join(processes, ".ids.lock"),
    idIndex: join(processes, ".ids.json"),
  };
}

/** The paths of one service; its name was checked. */
export function servicePaths({ processes }: Layout, name: string): ServicePaths {
  const folder = join(processes, name);
  return {
    folder,
    meta: join(folder, "meta.json"),
    environment: join(folder, "environment.json"),
    runs: join(folder, "runs"),
    journal: join(folder, "runs/journal.ndjson"),
    lock: join(folder, "lock"),
    pid: join(folder, `${name}.pid`),
    out: join(folder, "current.out"),
    err: join(folder, "current.err"),
  };
}
