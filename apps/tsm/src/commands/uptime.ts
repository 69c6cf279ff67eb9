import { observeIfReadable, type Services } from "@tetra/tsm";
import { readHistory, type Uptime, type UptimeNow, uptimeOf } from "@tetra/tsm/diagnosis";
import type { TsmRun } from "../app.ts";
import { sinceOption } from "../diagnosis/since-option.ts";
import { openedServices } from "../opened-services.ts";
import { headedTable } from "../ports/port-table.ts";
import { selectedServices } from "../selected-services.ts";
import { uptimeText } from "../uptime-text.ts";

/** `tsm uptime [service...] [--since T]` */
export const run: TsmRun = async (args, app) => {
  const { out } = app;
  const services = openedServices(app);
  const words = args.rest(0);
  const names = words.length === 0 ? services.names() : selectedServices(services, words);
  const lines = readHistory(app.places().folder, { names });
  const nowMs = app.now();
  const since = sinceOption(args, nowMs);
  const uptimes = names.map((name) => {
    const now = nowOf(services, name);
    const its = lines.filter((line) => line.name === name);
    return uptimeOf({ name, lines: its, nowMs, ...since, ...(now === undefined ? {} : { now }) });
  });
  if (out.mode === "json") return out.json({ uptime: uptimes.map(uptimeRecord) });
  if (uptimes.length === 0) return out.print("No services found.");
  const headings = ["Name", "Availability", "Up", "Down", "Runs", "Crashes", "MTBF", "Longest"];
  out.printAll(headedTable(headings, uptimes.map(cellsOf), out.columns));
};

function nowOf(services: Services, name: string): UptimeNow | undefined {
  const service = observeIfReadable(services, name);
  if (service === undefined) return undefined;
  const { endedAtMs, main, state } = service.observed;
  return {
    isRunning: main !== undefined,
    isCrashed: state === "crashed",
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
  };
}

function uptimeRecord(uptime: Uptime): object {
  return {
    name: uptime.name,
    availability: uptime.availability ?? null,
    up_ms: uptime.upMs,
    down_ms: uptime.downMs,
    runs: uptime.runs,
    crashes: uptime.crashes,
    mtbf_ms: uptime.meanTimeBetweenFailuresMs ?? null,
    longest_run_ms: uptime.longestRunMs,
    up_since_ms: uptime.upSinceMs ?? null,
  };
}

function cellsOf(uptime: Uptime): readonly string[] {
  const { name, availability, upMs, downMs, runs, crashes, longestRunMs } = uptime;
  const { meanTimeBetweenFailuresMs: mtbfMs } = uptime;
  return [
    name,
    availability === undefined ? "-" : percentText(availability),
    uptimeText(upMs),
    uptimeText(downMs),
    String(runs),
    String(crashes),
    mtbfMs === undefined ? "-" : uptimeText(mtbfMs),
    uptimeText(longestRunMs),
  ];
}

/** Never rounded up to 100 %. */
function percentText(part: number): string {
  return `${(Math.floor(part * 100_000) / 1000).toFixed(3)} %`;
}
