import { setPriority } from "node:os";
import { type Arguments, styled, usageError } from "@tetra/cli-kit";
import type { Services } from "@tetra/tsm";
import { type Logs, type LogQuery, openLogs, STREAMS } from "@tetra/tsm/logs";
import type { App, TsmRun } from "../app.ts";
import { following } from "../following.ts";
import { type LineLook, linePrinter } from "../logs/line-printer.ts";
import { DEFAULT_LINES, logQuery } from "../logs/log-options.ts";
import { openedServices } from "../opened-services.ts";
import { selectedServices } from "../selected-services.ts";

/** `tsm logs <service>...` */
export const run: TsmRun = async (args, app) => {
  if (args.has("follow") && args.has("nostream")) {
    throw usageError("--follow and --nostream exclude each other", "leave one out");
  }
  const query = logQuery(args, app.now());
  const services = openedServices(app);
  const names = selectedServices(services, args.rest(0));
  const logs = openLogs({ folder: app.places().folder });
  const hasTimes = args.has("timestamps");
  const isMixed = hasTimes || args.has("follow");
  const prefixed = names.length > 1 && isMixed ? names : [];
  const showing = {
    app,
    services,
    logs,
    names,
    query,
    look: { prefixed, hasTimes, isRaw: args.has("raw") },
  };
  if (args.has("follow")) return follow(showing);
  if (app.out.mode === "json" || isMixed) return showInOrder(showing);
  return showSections(showing, titleOf(args));
};

interface Showing {
  readonly app: App;
  readonly services: Services;
  readonly logs: Logs;
  readonly names: readonly string[];
  readonly query: LogQuery;
  readonly look: LineLook;
}

function follow({ app, logs, names, query, look }: Showing): Promise<number> {
  const print = linePrinter(app.out, look);
  setPriority(10); // who only watches must not take the processor from who writes
  return following(app, async (signal) => {
    for await (const lines of logs.follow(names, query, signal)) print(lines);
  });
}

/** Both streams of a service as they were written, service by service. */
async function showInOrder({ app, logs, names, query, look }: Showing): Promise<void> {
  const print = linePrinter(app.out, look);
  for (const name of names) {
    for await (const lines of logs.read(name, query)) print(lines);
  }
}

/** One stream after the other, as the original does. */
async function showSections(showing: Showing, title: string): Promise<void> {
  const { app, services, logs, names, query, look } = showing;
  const print = linePrinter(app.out, look);
  for (const [at, name] of names.entries()) {
    const { meta } = services.observe(name);
    const sections = (query.streams ?? STREAMS).map((stream) => ({
      stream,
      batches: logs.read(name, { ...query, streams: [stream] }), // refused before anything is printed
    }));
    if (at > 0) app.out.print();
    if (names.length > 1) app.out.print(`==> ${name} (ID: ${meta.tsm_id ?? "-"}) <==`);
    app.out.print(styled(`Logs for ${name} (${title})`, "bold"));
    for (const { stream, batches } of sections) {
      app.out.print();
      app.out.print(styled(stream === "out" ? "STDOUT" : "STDERR", "bold"));
      let isEmpty = true;
      for await (const lines of batches) {
        isEmpty &&= lines.length === 0;
        print(lines);
      }
      const isMerged = stream === "err" && meta.care.mergeOutput === true;
      if (isEmpty) app.out.print(styled(isMerged ? "(in STDOUT)" : "(empty)", "dim"));
    }
  }
}

function titleOf(args: Arguments): string {
  const since = args.value("since");
  const lines = args.value("lines") ?? (since === undefined ? String(DEFAULT_LINES) : undefined);
  const last = lines === undefined ? [] : [`last ${lines} lines`];
  return [...last, ...(since === undefined ? [] : [`since ${since}`])].join(", ");
}
