import { join } from "node:path/posix";

/** Where things are below the folder of the service manager, `$TETRA_DIR/tsm`. */
export interface Layout {
  /** `runtime/processes`: a folder for each service, and the flat `<name>.meta` of older tools. */
  readonly processes: string;
  /** Taken to allot an id. */
  readonly idLock: string;
  /** Taken to choose a name that no service has. */
  readonly nameLock: string;
  /** Which service has which id: a cache. */
  readonly idIndex: string;
  /** Who did what when. */
  readonly history: string;
  /** Byte 0 is locked by the daemon that lives. */
  readonly daemonLock: string;
}

/** Where the parts of one service are. */
export interface ServicePaths {
  readonly folder: string;
  /** What should be, and what the original tools want to know. */
  readonly meta: string;
  /** The environment it is started with; private. */
  readonly environment: string;
  /** Holds nothing but what its shims write, so that it can be watched without slowing down who writes the logs. */
  readonly runs: string;
  /** What its shims noted: the truth about its runs. */
  readonly journal: string;
  /** A named pipe that its shim holds open while it lives; nobody writes to it. */
  readonly alive: string;
  /** Byte 0 is locked by whoever acts on the service. */
  readonly lock: string;
  readonly pid: string;
  readonly out: string;
  readonly err: string;
  /** What a failing prehook said. */
  readonly wrapperErr: string;
  /** How it was asked for. */
  readonly origin: string;
  /** What the daemon remembers of it. */
  readonly supervision: string;
  /** The index, older segments and rotation notes of its logs. */
  readonly logs: string;
}

/** The name of the pipe in `runs`. */
export const ALIVE = "alive";

/** The layout of a service manager's folder. */
export function layoutOf(folder: string): Layout {
  const processes = join(folder, "runtime/processes");
  return {
    processes,
    idLock: join(processes, ".ids.lock"),
    nameLock: join(processes, ".names.lock"),
    idIndex: join(processes, ".ids.json"),
    history: join(folder, "runtime/history.ndjson"),
    daemonLock: join(folder, "runtime/daemon/lock"),
  };
}

/** The paths of one service; its name was checked. */
export function servicePaths({ processes }: Layout, name: string): ServicePaths {
  const folder = `${processes}/${name}`; // templates: joining paths is a tenth of a list
  return {
    folder,
    meta: `${folder}/meta.json`,
    environment: `${folder}/environment.json`,
    runs: `${folder}/runs`,
    journal: `${folder}/runs/journal`,
    alive: `${folder}/runs/${ALIVE}`,
    lock: `${folder}/lock`,
    pid: `${folder}/${name}.pid`,
    out: `${folder}/current.out`,
    err: `${folder}/current.err`,
    wrapperErr: `${folder}/wrapper.err`,
    origin: `${folder}/origin.json`,
    supervision: `${folder}/supervision.json`,
    logs: `${folder}/logs`,
  };
}
