import { type Arguments, usageError } from "@tetra/cli-kit";
import type { Services } from "@tetra/tsm";
import { relative } from "node:path";
import { actualPorts } from "../actual-ports.ts";
import type { App, TsmRun } from "../app.ts";
import { choose } from "../list/choose.ts";
import { serviceFiles } from "../list/service-files.ts";
import { type Looker, looker } from "../look.ts";
import { oneLook } from "../one-look.ts";
import { openedServices } from "../opened-services.ts";
import type { ServiceRecord } from "../service-record.ts";

const WHICH = ["running", "all", "available", "pwd", "tree", "namespaces"] as const;

type Which = (typeof WHICH)[number];

/** What one list shows. */
interface Listed {
  readonly records: readonly ServiceRecord[];
  /** How many more there are, that do not run. */
  readonly hidden: readonly ServiceRecord[];
}

/** `tsm list [running|all|available|pwd|tree|namespaces]` */
export const run: TsmRun = async (args, app) => {
  const which = whichOf(args);
  const platform = oneLook();
  const services = openedServices(app, platform);
  const look = looker(services, {
    now: app.now,
    forget: () => platform.forget(),
    ports: () => actualPorts(app.places().folder),
  });
  const show = await shower(args, app, which);
  if (!args.has("watch")) {
    show(await listed({ args, app, which, services, look }));
    return;
  }
  const { watchList } = await import("../list/watch-list.ts");
  await watchList({
    app,
    args,
    show: async () => show(await listed({ args, app, which, services, look })),
  });
};

function whichOf(args: Arguments): Which {
  const word = args.at(0) ?? (args.has("all") ? "all" : args.has("pwd") ? "pwd" : "running");
  const which = WHICH.find((each) => each === word);
  if (which !== undefined) return which;
  throw usageError(`list: there is no list ${JSON.stringify(word)}`, `use ${WHICH.join(", ")}`);
}

interface Listing {
  readonly args: Arguments;
  readonly app: App;
  readonly which: Which;
  readonly services: Services;
  readonly look: Looker;
}

async function listed({ args, app, which, services, look }: Listing): Promise<Listed> {
  const everything = look.look(services.names());
  const found = choose(everything, {
    filters: args.values("filter"),
    query: args.value("query"),
    sort: args.value("sort"),
    reverse: args.has("reverse"),
  });
  switch (which) {
    case "running":
      return {
        records: found.filter(isRunning),
        hidden: found.filter((record) => !isRunning(record)),
      };
    case "pwd":
      return { records: found.filter(({ cwd }) => isBelow(cwd, app.cwd())), hidden: [] };
    case "available": {
      const { availableRecords } = await import("../list/available.ts");
      return { records: availableRecords(app, everything), hidden: [] };
    }
    case "all":
    case "tree":
    case "namespaces":
      return { records: found, hidden: [] };
  }
}

/** What runs, or is about to. */
function isRunning({ status, pid }: ServiceRecord): boolean {
  return pid !== null || ["online", "starting", "stopping", "backing off"].includes(status);
}

function isBelow(path: string, folder: string): boolean {
  return !relative(folder, path).startsWith("..");
}

async function shower(args: Arguments, app: App, which: Which): Promise<(listed: Listed) => void> {
  const { out } = app;
  if (out.mode === "json") {
    return ({ records }) => {
      if (args.has("watch")) out.data(`${JSON.stringify({ services: records })}\n`);
      else out.json({ services: records });
    };
  }
  if (args.has("long")) {
    const { listBlocks } = await import("../list/list-blocks.ts");
    const { listeningPorts } = await import("../listening-ports.ts");
    return ({ records }) => {
      const ports = listeningPorts(records.flatMap(({ port }) => port ?? []));
      out.printAll(
        records.length === 0
          ? nothing(app, which)
          : listBlocks(records, { isListening: (port) => ports.has(port) }),
      );
    };
  }
  if (which === "tree" || which === "namespaces") {
    const { listTree, listNamespaces } = await import("../list/list-tree.ts");
    const lines = which === "tree" ? listTree : listNamespaces;
    return ({ records }) =>
      out.printAll(records.length === 0 ? nothing(app, which) : lines(records));
  }
  const { listTable } = await import("../list/list-table.ts");
  const isDefined = serviceFiles(app.places().root);
  return ({ records, hidden }) => {
    out.printAll(
      records.length === 0
        ? nothing(app, which)
        : listTable(records, { columns: out.columns, isDefined }),
    );
    if (hidden.length > 0) out.print(hiddenText(hidden));
  };
}

function nothing(app: App, which: Which): readonly (readonly string[])[] {
  if (which !== "available") {
    return [["No running services found."], ["Start services with: tsm start <service-name>"]];
  }
  const folder = `${app.places().folder}/services-available`;
  return [[`No services available. Create services in ${folder}`]];
}

function hiddenText(hidden: readonly ServiceRecord[]): string {
  const bad = hidden.filter(({ status }) => status !== "stopped").length;
  const many = hidden.length === 1 ? "1 more does not run" : `${hidden.length} more do not run`;
  const broken = hidden.filter(({ status }) => status === "broken").length;
  const counts = [
    ...(bad > broken ? [`${bad - broken} crashed or given up`] : []),
    ...(broken > 0 ? [`${broken} broken: tsm doctor`] : []),
  ];
  return `${many}${counts.length === 0 ? "" : ` (${counts.join(", ")})`}: tsm list all`;
}
