import { actualPorts } from "../actual-ports.ts";
import { looker } from "../look.ts";
import { oneLook } from "../one-look.ts";
import type { App } from "../app.ts";
import { openedServices } from "../opened-services.ts";
import type { ServiceRecord } from "../service-record.ts";

/** A part of what tview shows, or does. */
export interface Provider {
  readonly name: string;
  readonly summary: string;
  readonly answer:
    /** What a command prints with `--json`, of the services that were named. */
    | { readonly type: "words"; readonly words: (services: readonly string[]) => readonly string[] }
    | { readonly type: "data"; readonly data: (app: App) => unknown };
}

function passedOn(name: string, summary: string, ...front: readonly string[]): Provider {
  return { name, summary, answer: { type: "words", words: (services) => [...front, ...services] } };
}

/** What tview may ask for. */
export const PROVIDERS: readonly Provider[] = [
  passedOn("list", "every service: tsm list all", "list", "all"),
  {
    name: "status",
    summary: "how many services there are, run, and have which status",
    answer: { type: "data", data: (app) => statusOf(recordsOf(app)) },
  },
  passedOn("start", "starts services that have ended or are defined: tsm start", "start"),
  passedOn("stop", "stops services: tsm stop", "stop"),
  passedOn("restart", "restarts services: tsm restart", "restart"),
  {
    name: "logs",
    summary: "the last lines, an object each: tsm logs",
    answer: {
      type: "words",
      words: (services) => ["logs", ...(services.length === 0 ? ["*"] : services)],
    },
  },
  passedOn("doctor", "findings: tsm doctor", "doctor"),
  passedOn("ports", "the ports of services: tsm ports", "ports"),
  {
    name: "actions",
    summary: "what can be done with each service, and the words for it",
    answer: { type: "data", data: (app) => ({ actions: recordsOf(app).flatMap(actionsOf) }) },
  },
];

function recordsOf(app: App): readonly ServiceRecord[] {
  const platform = oneLook();
  const services = openedServices(app, platform);
  return looker(services, { now: app.now, ports: () => actualPorts(app.places().folder) }).look(
    services.names(),
  );
}

/** Services in numbers. */
function statusOf(records: readonly ServiceRecord[]): object {
  const statuses: Record<string, number> = {};
  for (const { status } of records) statuses[status] = (statuses[status] ?? 0) + 1;
  const sum = (of: (record: ServiceRecord) => number | null): number =>
    records.reduce((total, record) => total + (of(record) ?? 0), 0);
  return {
    total: records.length,
    running: records.filter(({ pid }) => pid !== null).length,
    statuses,
    cpu: Math.round(sum(({ cpu }) => cpu) * 10) / 10,
    memory: sum(({ memory }) => memory),
  };
}

/** What can be done with a service as it is. */
function actionsOf({ name, pid }: ServiceRecord): readonly object[] {
  const isRunning = pid !== null;
  const possible: readonly (readonly [string, boolean])[] = [
    ["start", !isRunning],
    ["stop", isRunning],
    ["restart", true],
    ["logs", true],
    ["info", true],
    ["delete", true],
  ];
  return possible.map(([action, enabled]) => ({
    service: name,
    action,
    enabled,
    argv: ["tsm", action, name],
  }));
}
