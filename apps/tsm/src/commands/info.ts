import { isTetraError, TetraError } from "@tetra/errors";
import { layoutOf, servicePaths, type Services } from "@tetra/tsm";
import { statSync } from "node:fs";
import type { TsmRun } from "../app.ts";
import { infoPage, type SizedFile, type Verbosity } from "../info/info-page.ts";
import { lastLines } from "../info/last-lines.ts";
import { keptEnvironment } from "../kept-environment.ts";
import { listeningPorts } from "../listening-ports.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";
import { averageUsage, recordOf } from "../service-record.ts";

const LINES = 5;

/** `tsm info <service> [-v|-vv|-vvv]` */
export const run: TsmRun = async (args, app) => {
  const services = openedServices(app);
  const word = args.at(0) ?? "";
  const name = found(services, word);
  const service = services.observe(name);
  const { meta, observed } = service;
  const sample = services.usage(name);
  const record = recordOf(service, {
    nowMs: app.now(),
    usage: averageUsage(sample, observed.startedAtMs),
  });
  if (app.out.mode === "json") {
    app.out.json(record);
    return;
  }
  const { folder } = app.places();
  const kept = keptEnvironment(folder, name);
  const paths = servicePaths(layoutOf(folder), name);
  const logs = [paths.out, paths.err];
  const verbosity = verbosityOf(args.values("verbose").length);
  app.out.printAll(
    infoPage(
      {
        record,
        meta,
        isListening: meta.port === undefined ? undefined : listeningPorts([meta.port]).size > 0,
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
        lastLines: verbosity < 2 ? [] : logs.map((path) => [path, lastLines(path, LINES)]),
      },
      verbosity,
    ),
  );
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
