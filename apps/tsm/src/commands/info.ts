import { isTetraError, TetraError } from "@tetra/errors";
import { layoutOf, servicePaths, type Services } from "@tetra/tsm";
import { statSync } from "node:fs";
import { actualPorts } from "../actual-ports.ts";
import type { TsmRun } from "../app.ts";
import { infoPage, type SizedFile, type Verbosity } from "../info/info-page.ts";
import { lastLines } from "../info/last-lines.ts";
import { keptEnvironment } from "../kept-environment.ts";
import { listeningPorts } from "../listening-ports.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";
import { averageUsage, recordOf } from "../service-record.ts";

const LINES = 5;

/** Who looks at one of these wants to know why. */
const FAILED: ReadonlySet<string> = new Set(["crashed", "backing off", "given up"]);

/** `tsm info <service> [-v|-vv|-vvv]` */
export const run: TsmRun = async (args, app) => {
  const services = openedServices(app);
  const word = args.at(0) ?? "";
  const name = found(services, word);
  const service = services.observe(name);
  const { meta, observed } = service;
  const sample = services.usage(name);
  const { folder } = app.places();
  const actualPort = actualPorts(folder)({ name, pid: observed.main?.pid });
  const record = recordOf(service, {
    nowMs: app.now(),
    usage: averageUsage(sample, observed.startedAtMs),
    actualPort,
  });
  if (app.out.mode === "json") {
    app.out.json(record);
    return;
  }
  const { port } = meta;
  const listening = listeningPorts([port, actualPort].filter((each) => each !== undefined));
  const isElsewhere = actualPort !== port && listening.has(actualPort ?? 0);
  const kept = keptEnvironment(folder, name);
  const paths = servicePaths(layoutOf(folder), name);
  const logs = [paths.out, paths.err];
  const verbosity = verbosityOf(args.values("verbose").length);
  app.out.printAll(
    infoPage(
      {
        record,
        meta,
        isListening: port === undefined ? undefined : listening.has(port),
        otherPort: isElsewhere ? actualPort : undefined,
        variables: kept === undefined ? undefined : Object.keys(kept).length,
        logs: logs.map(sized),
        paths: [
          ["Folder", paths.folder],
          ["Meta", paths.meta],
          ["PID file", paths.pid],
          ["Environment", paths.environment],
          ["Journal", paths.journal],
          ["Generation", String(meta.generation)],
        ],
        processes: sample?.processes,
        lastLines: toldLogs().map((path) => [path, lastLines(path, LINES)]),
      },
      verbosity,
    ),
  );

  /** Both on demand; without being asked, the one that may say why it does not run. */
  function toldLogs(): readonly string[] {
    if (verbosity >= 2) return logs;
    if (!FAILED.has(record.status)) return [];
    const errors = meta.care.mergeOutput === true ? paths.out : paths.err;
    const said = [errors, paths.wrapperErr].find((path) => (sized(path).bytes ?? 0) > 0);
    return [said ?? errors];
  }
};

/** The original's words differ here from elsewhere. */
function found(services: Services, word: string): string {
  try {
    const [name = ""] = selectedServices(services, [word]);
    return name;
  } catch (error) {
    if (!isTetraError(error, "SERVICE_NOT_FOUND")) throw error;
    throw new TetraError("SERVICE_NOT_FOUND", `✗ Process '${word}' not found`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: { word },
      cause: error,
    });
  }
}

function verbosityOf(count: number): Verbosity {
  if (count >= 3) return 3;
  return count === 2 ? 2 : count === 1 ? 1 : 0;
}

function sized(path: string): SizedFile {
  return { path, bytes: statSync(path, { throwIfNoEntry: false })?.size };
}
